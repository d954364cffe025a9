#include "command/main_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "command/verb.h"

namespace churnstream {
namespace {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kWrong = 2;

}  // namespace

int run_program(int argc, char** argv) {
  CLI::App app("Churnstream: says which customers are about to leave, while their records stream in.",
               "churnstream");
  app.set_version_flag("--version", CHURNSTREAM_VERSION);
  app.require_subcommand(1);
  Result<void> outcome;
  for (const Verb& verb : all_verbs()) {
    CLI::App* sub = app.add_subcommand(verb.name, verb.sentence);
    sub->footer(std::string("Example:\n  ") + verb.example);
    sub->final_callback([&outcome, run = verb.declare(*sub)] { outcome = run(); });
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? kDone : kWrong;
  }
  if (outcome) return kDone;
  std::fprintf(stderr, "churnstream: %s\n", outcome.error().message.c_str());
  return outcome.error().kind == ErrorKind::wrong ? kWrong : kFailed;
}

}  // namespace churnstream
