// churnstream refused list|replay PIPELINE: look at refused rows; send them again after a fix.
#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <deque>
#include <map>

#include "base/json_text.h"
#include "base/progress_bar.h"
#include "command/evaluation_text.h"
#include "command/refused_replay.h"
#include "command/verbs.h"
#include "sink/refused_file.h"

namespace churnstream {
namespace {

struct RefusedOptions {
  std::string pipeline, out;
  std::size_t rows = 20;
  bool is_json = false, all = false;
};

// The beginning of a text from outside on one line.
std::string shown(std::string_view text, std::size_t most) {
  std::string line;
  for (const char c : text.substr(0, most))
    line += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '.' : c;
  return text.size() > most ? line + "..." : line;
}

void print(const RefusedRow& row) {
  fmt::print("{}  {}/{}/{}  {}: {}\n", rfc3339(row.time_us), row.partition.topic, row.partition.number,
             number_of(row.offset), row.stage, row.reason);
  fmt::print("    {}\n",
             is_utf8(row.raw) ? shown(row.raw, 100) : fmt::format("{} bytes, not text", row.raw.size()));
}

Result<void> list(const RefusedOptions& options) {
  CHURNSTREAM_TRY_ASSIGN(const PipelineFile file, load_pipeline_file(options.pipeline));
  CHURNSTREAM_TRY_ASSIGN(const auto reader, open_refused_rows(file, options.all));
  std::map<std::string, std::uint64_t> by_reason;
  std::deque<RefusedRow> newest;
  const auto show = [&](RefusedRow& row) -> Result<void> {
    if (options.is_json) {
      std::string line;
      append_refused_line(line, row, row.time_us);
      std::fwrite(line.data(), 1, line.size(), stdout);
      return {};
    }
    ++by_reason[row.stage + ": " + row.reason];
    newest.push_back(std::move(row));
    if (newest.size() > options.rows) newest.pop_front();
    return {};
  };
  CHURNSTREAM_TRY_ASSIGN(const std::uint64_t count, each_row(*reader, show));
  if (options.is_json) return {};
  if (count == 0) {
    fmt::print("No row is refused{}.\n", options.all ? "" : " that was not sent again already");
    return {};
  }
  fmt::print("{} refused row{}{}:\n", with_commas(count), count == 1 ? "" : "s",
             options.all ? "" : ", not sent again yet");
  for (const auto& [reason, rows] : by_reason) fmt::print("{:>8}  {}\n", with_commas(rows), reason);
  if (options.rows > 0) fmt::print("\nThe last {} as they came:\n", newest.size());
  for (const RefusedRow& one : newest) print(one);
  return {};
}

Result<std::uint64_t> write_out(const PipelineFile& file, const RefusedOptions& options) {
  CHURNSTREAM_TRY_ASSIGN(const auto reader, open_refused_rows(file, options.all));
  // Raw bytes may hold the label: nobody else's to read.
  const int descriptor = ::open(options.out.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> out(
      descriptor < 0 ? nullptr : ::fdopen(descriptor, "wb"), std::fclose);
  if (!out) return wrong("writing", options.out, errno_text());
  const auto write = [&](const RefusedRow& row) -> Result<void> {
    std::fwrite(row.raw.data(), 1, row.raw.size(), out.get());
    if (!row.raw.ends_with('\n')) std::fputc('\n', out.get());
    return {};
  };
  CHURNSTREAM_TRY_ASSIGN(const std::uint64_t count, each_row(*reader, write));
  if (std::fflush(out.get()) != 0 || std::ferror(out.get()) != 0)
    return failed("writing", options.out, errno_text());
  return count;
}

Result<void> replay(const RefusedOptions& options) {
  CHURNSTREAM_TRY_ASSIGN(const PipelineFile file, load_pipeline_file(options.pipeline));
  if (!options.out.empty()) {
    CHURNSTREAM_TRY_ASSIGN(const std::uint64_t count, write_out(file, options));
    fmt::print(stderr, "{} rows written to {}, as they came\n", with_commas(count), options.out);
    return {};
  }
  ProgressBar progress({.what = "sending again", .unit = "rows"});
  CHURNSTREAM_TRY_ASSIGN(const std::uint64_t count,
                         replay_refused_rows(file, options.all, [&] { progress.add(1); }));
  fmt::print(stderr, "{} rows sent again to topic {}\n", with_commas(count), file.source.text("topic"));
  return {};
}

}  // namespace

Verb refused_verb() {
  return {
      "refused", "Refused rows: look at them, send them again after a fix.",
      "churnstream refused list pipeline.toml", [](CLI::App& app) {
        const auto options = std::make_shared<RefusedOptions>();
        const auto run = std::make_shared<Result<void> (*)(const RefusedOptions&)>(nullptr);
        const auto add = [&](const char* name, const char* sentence, auto what) {
          CLI::App* sub = app.add_subcommand(name, sentence);
          sub->add_option("PIPELINE", options->pipeline, "The pipeline.toml.")->required();
          sub->add_flag("--all", options->all, "Those that were sent again before, too.");
          sub->callback([run, what] { *run = what; });
          return sub;
        };
        CLI::App* told = add("list", "How many for which reason, and the last of them.", list);
        told->add_option("--rows", options->rows, "How many of the last are shown.")->capture_default_str();
        told->add_flag("--json", options->is_json, "Every row as a line of JSON, bytes and all.");
        CLI::App* again =
            add("replay",
                "Send them to the source's topic once more, with the key, headers and time they "
                "came with; each once, where they lie in a topic.",
                replay);
        again->add_option(
            "--out", options->out,
            "Write their bytes to this file instead, a line each; nothing is sent or remembered.");
        app.require_subcommand(1);
        return [options, run] { return (*run)(*options); };
      }};
}

}  // namespace churnstream
