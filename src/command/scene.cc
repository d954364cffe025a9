#include "command/scene.h"

#include <fmt/format.h>

#include <map>
#include <mutex>

#include "base/json_text.h"
#include "base/numbers.h"
#include "command/pipeline_build.h"
#include "sink/scored_record.h"
#include "source/lines_source.h"

namespace churnstream {
namespace {

constexpr EpochMicros kSceneTime = 1'700'000'000'000'000;  // 2023-11-14: any fixed moment will do.

// Everything that left the pipeline.
struct Output {
  std::mutex mutex;
  std::vector<std::pair<std::string, double>> scores;
  std::vector<RefusedRow> refused;
  std::string records;  // as JSON lines, to look for what must not be in them
};

class SceneSink : public Sink {
 public:
  explicit SceneSink(Output& output) : output_(output) {}
  Result<std::optional<Checkpoint>> open(const Assignment& assignment) override {
    CHURNSTREAM_TRY_ASSIGN(ScoredRecord record, ScoredRecord::make(*assignment.columns, *assignment.terms));
    record_ = std::make_unique<ScoredRecord>(std::move(record));
    return std::nullopt;
  }
  WriteOutcome write(const ScoredBatch& rows, const Checkpoint&) override {
    const std::lock_guard lock(output_.mutex);
    for (std::size_t row = 0; row < rows.num_rows(); ++row) {
      output_.scores.emplace_back(rows.key(row), rows.probability(row));
      record_->append_json(output_.records, rows, row);
      output_.records += '\n';
    }
    return Delivered{};
  }
  void close() noexcept override {}

 private:
  Output& output_;
  std::unique_ptr<ScoredRecord> record_;
};

class SceneRefused : public RefusedStore {
 public:
  explicit SceneRefused(Output& output) : output_(output) {}
  Result<void> open(const Checkpoint&) override { return {}; }
  Result<void> write(const std::vector<RefusedRow>& rows) override {
    const std::lock_guard lock(output_.mutex);
    output_.refused.insert(output_.refused.end(), rows.begin(), rows.end());
    return {};
  }
  void close() noexcept override {}

 private:
  Output& output_;
};

Result<PipelineFile> pipeline_of(const Scene& scene) {
  if (!scene.pipeline.empty()) return load_pipeline_file(scene.pipeline);
  std::string text = "[source]\ntype = \"stdin\"\n[decode]\nformat = \"csv\"\n[model]\npath = ";
  append_json_text(text, std::filesystem::absolute(scene.model).string());
  text += "\n[[sink]]\ntype = \"console\"\n";
  return parse_pipeline_file(text, scene.file.string(), scene.file.parent_path());
}

std::map<std::string, std::uint64_t> counters_of(const Account& account) {
  std::map<std::string, std::uint64_t> counters = {{"rows_read", account.rows_read},
                                                   {"rows_delivered", account.rows_delivered},
                                                   {"rows_refused", account.rows_refused},
                                                   {"rows_under_way", account.rows_under_way}};
  for (const auto& [reason, count] : account.records_skipped)
    counters[fmt::format("records_skipped{{reason=\"{}\"}}", reason)] = count;
  return counters;
}

// Compares what came out with what the scene expects.
class Judge {
 public:
  Judge(const Scene& scene, std::size_t batch_rows, const Output& output, const Account& account)
      : scene_(scene), batch_rows_(batch_rows), output_(output), counters_(counters_of(account)) {}

  std::vector<std::string> judge() {
    for (const Expectation& expectation : scene_.expectations) {
      switch (expectation.kind) {
        case Expectation::Kind::score: judge_score(expectation); break;
        case Expectation::Kind::counter: judge_counter(expectation); break;
        case Expectation::Kind::refused: judge_refused(expectation); break;
        case Expectation::Kind::nowhere: judge_nowhere(expectation); break;
      }
    }
    return std::move(complaints_);
  }

 private:
  void complain(const Expectation& expectation, const std::string& what) {
    complaints_.push_back(
        fmt::format("{}:{}: {} (batches of {})", scene_.file.string(), expectation.line, what, batch_rows_));
  }

  // A customer who comes several times is expected several times, in order.
  void judge_score(const Expectation& expectation) {
    std::size_t& seen = seen_[expectation.subject];
    std::size_t place = 0;
    for (const auto& [customer, probability] : output_.scores) {
      if (customer != expectation.subject || place++ != seen) continue;
      ++seen;
      const std::string got = shortest(probability);
      const auto wanted = parse_double(expectation.value);
      if (!wanted || *wanted != probability)
        complain(expectation,
                 fmt::format("{} should score {} and scores {}", customer, expectation.value, got));
      return;
    }
    const std::string why = output_.refused.empty() ? "" : ": " + output_.refused.front().reason;
    complain(expectation, fmt::format("{} should score {} and has no score{}", expectation.subject,
                                      expectation.value, why));
  }

  void judge_counter(const Expectation& expectation) {
    const auto place = counters_.find(expectation.subject);
    const std::uint64_t got = place == counters_.end() ? 0 : place->second;
    if (std::to_string(got) != expectation.value)
      complain(expectation,
               fmt::format("counter {} should be {} and is {}", expectation.subject, expectation.value, got));
  }

  void judge_refused(const Expectation& expectation) {
    std::string reasons;
    for (const RefusedRow& row : output_.refused) {
      const std::string told = row.stage + ": " + row.reason;
      if (told.find(expectation.subject) != std::string::npos) return;
      reasons += "; " + told;
    }
    complain(expectation, fmt::format("no row is refused with \"{}\"{}", expectation.subject, reasons));
  }

  void judge_nowhere(const Expectation& expectation) {
    if (output_.records.find(expectation.subject) != std::string::npos)
      complain(expectation, fmt::format("\"{}\" is in a scored record", expectation.subject));
  }

  const Scene& scene_;
  const std::size_t batch_rows_;
  const Output& output_;
  const std::map<std::string, std::uint64_t> counters_;
  std::map<std::string, std::size_t> seen_;
  std::vector<std::string> complaints_;
};

Result<std::vector<std::string>> play_once(const Scene& scene, const PipelineFile& file,
                                           std::shared_ptr<const PipelineModel> model,
                                           const std::vector<std::string>& lines, std::size_t batch_rows) {
  ManualClock clock(kSceneTime);
  Output output;
  LinesSourceSettings source;
  source.partition.topic = "scene";
  source.start_time_us = kSceneTime;
  source.batch_rows = batch_rows;
  BuildWishes wishes;
  wishes.until_end = true;
  wishes.source = std::make_unique<LinesSource>(lines, source);
  CHURNSTREAM_TRY_ASSIGN(RunParts parts, build_pipeline(file, std::move(model), clock, std::move(wishes)));
  parts.sinks.clear();
  parts.sinks.push_back({"scene", true, true, [&output] { return std::make_unique<SceneSink>(output); }});
  parts.refused = std::make_unique<SceneRefused>(output);
  Pipeline pipeline(std::move(parts), clock);
  const std::atomic<bool> never_stop{false};
  CHURNSTREAM_TRY(pipeline.run(never_stop));
  return Judge(scene, batch_rows, output, pipeline.account()).judge();
}

}  // namespace

Result<std::vector<std::string>> play_scene(const Scene& scene) {
  CHURNSTREAM_TRY_ASSIGN(const PipelineFile file, pipeline_of(scene));
  CHURNSTREAM_TRY_ASSIGN(std::shared_ptr<const PipelineModel> model, PipelineModel::load(file.model));
  CHURNSTREAM_TRY_ASSIGN(const std::vector<std::string> lines, lines_of(scene, file.decode.text("format")));
  std::vector<std::string> complaints;
  for (const std::size_t batch_rows : scene.batches) {
    CHURNSTREAM_TRY_ASSIGN(std::vector<std::string> some, play_once(scene, file, model, lines, batch_rows));
    complaints.insert(complaints.end(), some.begin(), some.end());
  }
  return complaints;
}

}  // namespace churnstream
