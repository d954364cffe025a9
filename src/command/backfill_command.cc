// churnstream backfill PIPELINE --sink NAME: past positions of the source once more, into one store.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>

#include "base/log.h"
#include "base/progress_bar.h"
#include "command/evaluation_text.h"
#include "command/pipeline_build.h"
#include "command/reload.h"
#include "command/stop_signal.h"
#include "command/stream_run.h"
#include "command/verbs.h"

namespace churnstream {
namespace {

struct BackfillOptions {
  std::string pipeline, sink, from, to = "latest";
  bool replaces = false;
};

// Rows that are refused on the way were refused when the stream came by, and kept then; here they are
// counted.
class RefusedCounts : public RefusedStore {
 public:
  explicit RefusedCounts(std::map<std::string, std::uint64_t>& by_reason) : by_reason_(by_reason) {}
  Result<void> open(const Checkpoint&) override { return {}; }
  Result<void> write(const std::vector<RefusedRow>& rows) override {
    for (const RefusedRow& row : rows) ++by_reason_[row.stage + ": " + row.reason];
    return {};
  }
  void close() noexcept override {}

 private:
  std::map<std::string, std::uint64_t>& by_reason_;
};

class Drawn : public Observer {
 public:
  explicit Drawn(std::uint64_t records) : bar_({.what = "backfill", .unit = "records", .total = records}) {}
  void on_scored(const ScoredBatch& batch) override { bar_.add(batch.num_rows() + batch.refused.size()); }
  void on_skipped(const std::map<std::string, std::uint64_t>& records) override {
    for (const auto& [reason, count] : records) bar_.add(count);
  }

 private:
  ProgressBar bar_;
};

Result<SourcePlace> place_of(const PipelineFile& file, const char* option, std::string text) {
  const bool is_number = !text.empty() && std::all_of(text.begin(), text.end(), [](char letter) {
    return letter >= '0' && letter <= '9';
  });
  if (is_number && !file.source_kind->many_lanes) text = "0:" + text;  // a file has one partition
  if (const auto place = source_place_of(text)) return *place;
  return wrong("reading", option, fmt::format("\"{}\" is no place in the source", text),
               "earliest, latest, 0:100,1:250 (partition and offset), or 2026-01-31T08:00:00Z");
}

Result<const SinkEntry*> sink_named(const PipelineFile& file, const std::string& name) {
  std::string names;
  for (const SinkEntry& sink : file.sinks) {
    names += (names.empty() ? "" : ", ") + sink.name;
    if (sink.name != name) continue;
    if (sink.kind->make_backfill != nullptr) return &sink;
    return wrong("backfilling", name,
                 fmt::format("a {} sink takes rows in the order of the stream alone", sink.kind->type),
                 "write the stretch with churnstream score, or run a second pipeline from the beginning into "
                 "another place");
  }
  return wrong("backfilling", name, "the pipeline has no sink of this name", "it has " + names);
}

std::uint64_t records_in(const OffsetRanges& ranges) {
  constexpr std::int64_t kKnown = std::int64_t{1} << 50;  // a file does not say how many it holds
  std::uint64_t sum = 0;
  for (const auto& [partition, range] : ranges) {
    if (range.end > kKnown) return 0;
    sum += static_cast<std::uint64_t>(range.end - range.begin);
  }
  return sum;
}

std::string text_of(const OffsetRanges& ranges) {
  std::string text;
  for (const auto& [partition, range] : ranges)
    text += fmt::format("{}{}/{} from {}", text.empty() ? "" : ", ", partition.topic, partition.number,
                        range.begin) +
            (records_in({{partition, range}}) == 0 ? " to the end" : fmt::format(" to {}", range.end));
  return text;
}

// The --from that goes on behind what is done: "0:500,1:90".
std::string where_to_go_on(const OffsetRanges& ranges, const Checkpoint& done) {
  std::string text;
  for (const auto& [partition, range] : ranges)
    text += fmt::format("{}{}:{}", text.empty() ? "" : ",", partition.number,
                        std::max(range.begin, number_of(next_in(done, partition))));
  return text;
}

// One sink alone, without positions: no checkpoint, no transaction, no group.
void keep_only(RunParts& parts, const SinkEntry& sink, RowsThere there) {
  parts.transaction.reset();
  parts.sinks.clear();
  parts.sinks.push_back(
      {sink.name, true, true, [&sink, there] { return *sink.kind->make_backfill(sink.config, there); }});
  parts.lane_terms.source_has_group = true;  // the source knows its begin, and nothing is remembered
  parts.owner = "backfill";
}

Result<void> backfill(const BackfillOptions& options) {
  CHURNSTREAM_TRY_ASSIGN(const PipelineFile file, load_pipeline_file(options.pipeline));
  CHURNSTREAM_TRY_ASSIGN(const SinkEntry* const sink, sink_named(file, options.sink));
  if (file.source_kind->ranges == nullptr)
    return file.file.point_at("source", "type", "what this source gave cannot be read again");
  SourceRange range;
  CHURNSTREAM_TRY_ASSIGN(range.from, place_of(file, "--from", options.from));
  CHURNSTREAM_TRY_ASSIGN(range.to, place_of(file, "--to", options.to));
  CHURNSTREAM_TRY_ASSIGN(std::shared_ptr<const PipelineModel> model, PipelineModel::load(file.model));
  CHURNSTREAM_TRY_ASSIGN(const OffsetRanges ranges, file.source_kind->ranges(file.source, range));
  const RowsThere there = options.replaces ? RowsThere::replaced : RowsThere::stay;
  if (auto tried = sink->kind->make_backfill(sink->config, there); !tried)
    return tl::make_unexpected(tried.error());
  if (ranges.empty()) {
    fmt::print(stderr, "No record lies between --from and --to.\n");
    return {};
  }

  apply_log_level(file.run);
  Clock& clock = system_clock();
  BuildWishes wishes{.until_end = true, .instance = "backfill"};
  CHURNSTREAM_TRY_ASSIGN(wishes.source, file.source_kind->make_range(file.source, clock, ranges));
  CHURNSTREAM_TRY_ASSIGN(RunParts parts, build_pipeline(file, std::move(model), clock, std::move(wishes)));
  keep_only(parts, *sink, there);
  std::map<std::string, std::uint64_t> refused;
  parts.refused = std::make_unique<RefusedCounts>(refused);
  fmt::print(stderr, "{} into sink \"{}\"; rows that are there {}\n", text_of(ranges), sink->name,
             options.replaces ? "are replaced" : "stay");

  const StopSignal signal;
  Result<void> done;
  Checkpoint positions;
  Account account;
  {
    Drawn drawn(records_in(ranges));
    parts.observers.push_back(&drawn);
    Pipeline pipeline(std::move(parts), clock);
    done = pipeline.run(signal.asked());
    positions = pipeline.positions();
    account = pipeline.account();
  }
  fmt::print(stderr, "{}\n", account_sentence(account));
  for (const auto& [reason, rows] : refused) fmt::print(stderr, "{:>8}  {}\n", with_commas(rows), reason);
  if (!done || signal.asked()) fmt::print(stderr, "To go on: --from {}\n", where_to_go_on(ranges, positions));
  return done;
}

}  // namespace

Verb backfill_verb() {
  return {"backfill", "Writes past positions of the source into one store of the pipeline.",
          "churnstream backfill pipeline.toml --sink sqlite --from 0:100 --to latest", [](CLI::App& app) {
            const auto options = std::make_shared<BackfillOptions>();
            app.add_option("pipeline", options->pipeline, "The pipeline.toml.")->required();
            app.add_option("--sink", options->sink, "The sink, by its name.")->required();
            app.add_option(
                   "--from", options->from,
                   "The first record: earliest, 0:100,1:250 (partition and offset; those that are not "
                   "named are not read), a time (RFC 3339), or of a file the record's number.")
                ->required();
            app.add_option("--to", options->to,
                           "Behind the last record, in the same ways; latest: where the source ends now.")
                ->capture_default_str();
            app.add_flag("--replace", options->replaces,
                         "Rows that are there are scored by the present model and replaced.");
            return [options] { return backfill(*options); };
          }};
}

}  // namespace churnstream
