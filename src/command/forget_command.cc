// churnstream forget PIPELINE CUSTOMER: erases a customer from the stores.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "command/evaluation_text.h"
#include "command/pipeline_file.h"
#include "command/verbs.h"

namespace churnstream {
namespace {

struct ForgetOptions {
  std::string pipeline;
  ErasureWishes wishes;
};

// What one store answered, as lines; whether nothing of the customer is left there.
bool print(const std::string& place, const Result<Erasure>& erasure, bool is_dry_run) {
  if (!erasure) {
    fmt::print("{}: nothing was erased: {}\n", place, erasure.error().message);
    return false;
  }
  for (const ErasedPart& part : erasure->parts)
    fmt::print("{}: {} {} {}\n", place, with_commas(part.rows),
               is_dry_run ? "would go:" : "erased:", part.where);
  if (erasure->parts.empty() && erasure->left.empty()) fmt::print("{}: nothing is stored there yet\n", place);
  for (const std::string& left : erasure->left) fmt::print("{}: left: {}\n", place, left);
  return erasure->left.empty();
}

// Each store is asked, whatever the ones before it answered.
Result<void> forget(const ForgetOptions& options) {
  CHURNSTREAM_TRY_ASSIGN(const PipelineFile file, load_pipeline_file(options.pipeline));
  if (options.wishes.customer.empty())
    return wrong("reading", "the command line", "the customer id is empty", "name one customer");
  bool is_all = true;
  for (const SinkEntry& sink : file.sinks) {
    const std::string place = fmt::format("sink \"{}\"", sink.name);
    if (sink.kind->forget == nullptr) {
      fmt::print("{}: keeps nothing\n", place);
      continue;
    }
    is_all =
        print(place, sink.kind->forget(sink.config, options.wishes), options.wishes.is_dry_run) && is_all;
  }
  is_all = print("refused rows", file.refused_kind->forget(file.refused, options.wishes),
                 options.wishes.is_dry_run) &&
           is_all;
  fmt::print(stderr,
             "The source is not touched: records of the customer that are still read, or read again, are "
             "stored again.\n");
  if (is_all) return {};
  return failed("forgetting", "a customer", "something of them is left, as said above");
}

}  // namespace

Verb forget_verb() {
  return {"forget", "Erases a customer from the pipeline's stores.",
          "churnstream forget pipeline.toml 7590-VHVEG --dry-run", [](CLI::App& app) {
            const auto options = std::make_shared<ForgetOptions>();
            app.add_option("pipeline", options->pipeline, "The pipeline.toml.")->required();
            app.add_option("customer", options->wishes.customer, "The customer id, as the stores have it.")
                ->required();
            app.add_flag("--dry-run", options->wishes.is_dry_run,
                         "Say what would be erased; change nothing.");
            return [options] { return forget(*options); };
          }};
}

}  // namespace churnstream
