#include "command/stream_run.h"

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "command/evaluation_text.h"
#include "command/model_document.h"
#include "command/page_segments.h"
#include "command/pipeline_build.h"
#include "command/reload.h"
#include "command/row_scoring.h"
#include "model/reference_notes.h"
#include "pipeline/instance_lock.h"
#include "watch/drift.h"
#ifdef CHURNSTREAM_HAS_DASHBOARD
#include "command/page_settings.h"
#include "dashboard/operations.h"
#endif

namespace churnstream {
namespace {

constexpr int kSlotsMax = 64;

// Writes the progress line every so often until it goes away.
class ProgressLines {
 public:
  ProgressLines(const RunProgress& progress, std::chrono::nanoseconds every) {
    if (every.count() <= 0) return;
    thread_ = std::thread([this, &progress, every] {
      std::unique_lock lock(mutex_);
      while (!changed_.wait_for(lock, every, [this] { return ended_; })) write(progress);
    });
  }
  ~ProgressLines() {
    if (!thread_.joinable()) return;
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

 private:
  static void write(const RunProgress& progress) {
    const std::string line = json_line(progress.report()) + "\n";
    std::fwrite(line.data(), 1, line.size(), stderr);
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
  std::thread thread_;
};

// What a run shows of itself: the page and the operators' figures, where the file asks for them.
struct Shown {
#ifdef CHURNSTREAM_HAS_DASHBOARD
  std::unique_ptr<Dashboard> page;
  std::unique_ptr<Operations> operations;
#endif
};

#ifdef CHURNSTREAM_HAS_DASHBOARD
ReadyLimits limits_of(const Config& operations) {
  return {operations.duration("lag_max"), operations.duration("stall_max")};
}

// Two threads read past scores and two score rows, each with parts of its own.
Result<std::unique_ptr<Dashboard>> start_page(const PipelineFile& file, const RowScoringParts& scoring,
                                              const RunProgress& progress, const DriftWatch* drift,
                                              Clock& clock) {
  CHURNSTREAM_TRY_ASSIGN(DashboardSettings settings, page_settings(file));
  CHURNSTREAM_TRY_ASSIGN(const CustomerColumns customer, customer_columns(file, *scoring.model));
  CHURNSTREAM_TRY_ASSIGN(settings.snapshot.segments, segments_of(*file.page, *customer.raw));
  const HiddenSplit split = split_hidden(*file.page, *customer.raw, customer.key);
  settings.snapshot.columns = split.shown;
  settings.snapshot.hidden_columns = split.hidden;
  settings.snapshot.drift = drift;
  const std::string value_column = scoring.terms->get()->value_column;
  DashboardParts parts;
  for (const std::string& column : file.page->texts("hidden_columns"))
    parts.told.hidden_columns.insert(column);
  parts.model = model_document(*scoring.model, file.model);
  if (file.outcomes) parts.told.outcomes = outcome_terms(*file.outcomes);
  CHURNSTREAM_TRY_ASSIGN(parts.snapshot_history, open_history(file, value_column));
  CHURNSTREAM_TRY_ASSIGN(parts.store_history, open_history(file, value_column));
  CHURNSTREAM_TRY_ASSIGN(parts.row_scorer, make_row_scorer(file, scoring));
  CHURNSTREAM_TRY_ASSIGN(parts.rows_scorer, make_row_scorer(file, scoring));
  return start_dashboard(std::move(settings), std::move(parts), progress, clock);
}

Result<Shown> show(const PipelineFile& file, const RowScoringParts& scoring, const RunProgress& progress,
                   const DriftWatch* drift, Clock& clock, const StreamWishes& wishes) {
  Shown shown;
  if (file.operations) {
    CHURNSTREAM_TRY_ASSIGN(shown.operations, start_operations({.listen = file.operations->text("listen"),
                                                               .version = CHURNSTREAM_VERSION,
                                                               .limits = limits_of(*file.operations)},
                                                              progress));
    log_info("figures for operators are at " + shown.operations->address() + "metrics");
  }
  if (file.page) {
    CHURNSTREAM_TRY_ASSIGN(shown.page, start_page(file, scoring, progress, drift, clock));
    if (wishes.page_is_up) wishes.page_is_up(shown.page->address());
  }
  return shown;
}

ReloadTargets targets_of(const Shown& shown) {
  ReloadTargets targets;
  if (shown.page)
    targets.page = [&shown](const Config& page) {
      shown.page->set_labels(page_labels(page));
      const Result<void> renewed = shown.page->renew_certificate();
      if (!renewed) log_error("the page keeps its certificate: " + renewed.error().message);
    };
  if (shown.operations)
    targets.operations = [&shown](const Config& operations) {
      shown.operations->set_limits(limits_of(operations));
    };
  return targets;
}
#else
Result<Shown> show(const PipelineFile& file, const RowScoringParts&, const RunProgress&, const DriftWatch*,
                   Clock&, const StreamWishes&) {
  if (file.page || file.operations)
    return wrong("starting", "the page", "[page] and [ops] are not built in this version");
  return Shown();
}
ReloadTargets targets_of(const Shown&) { return {}; }
#endif

// Null where the model keeps nothing of the customers it learned from.
std::unique_ptr<DriftWatch> drift_watch(const PipelineModel& model, Clock& clock) {
  if (!model.notes()) return nullptr;
  auto columns = reference_columns(*model.notes());
  auto scores = reference_scores(*model.notes());
  if (columns.empty() && scores.empty()) return nullptr;
  return std::make_unique<DriftWatch>(std::move(columns), std::move(scores), clock);
}

}  // namespace

std::string account_sentence(const Account& account) {
  std::string sentence = fmt::format("{} rows read = {} delivered + {} refused + {} under way",
                                     with_commas(account.rows_read), with_commas(account.rows_delivered),
                                     with_commas(account.rows_refused), with_commas(account.rows_under_way));
  const char* before = "; skipped: ";
  for (const auto& [reason, count] : account.records_skipped) {
    sentence += fmt::format("{}{} {}", before, reason, with_commas(count));
    before = ", ";
  }
  return sentence;
}

Result<std::unique_ptr<History>> open_history(const PipelineFile& file, const std::string& value_column) {
  for (const SinkEntry& entry : file.sinks)
    if (entry.kind->history != nullptr) return entry.kind->history(entry.config, value_column);
  return std::unique_ptr<History>();
}

Result<StreamEnd> run_stream(const PipelineFile& file, std::shared_ptr<const PipelineModel> model,
                             Clock& clock, RunProgress& progress, const std::atomic<bool>& stop,
                             StreamWishes wishes) {
  apply_log_level(file.run);
  const Path state = file.run.path("state_dir");
  // Processes of a group share one folder, each in a slot of its own; a file has one reader.
  const int slots = file.source_kind->has_group ? kSlotsMax : 1;
  CHURNSTREAM_TRY_ASSIGN(const InstanceLock lock,
                         InstanceLock::take(state, file.run.text("instance"), slots));
  const std::shared_ptr<const Scorer> scorer = make_fast_scorer(model->predictor());
  CHURNSTREAM_TRY_ASSIGN(
      RunParts parts,
      build_pipeline(file, model, clock,
                     {.until_end = wishes.until_end, .instance = lock.instance(), .scorer = scorer}));
  // Each process of a group remembers in a folder of its own what its topic was.
  const Path remembered = file.source_kind->has_group ? state / lock.instance() : state;
  std::error_code ignored;
  std::filesystem::create_directories(remembered, ignored);
  CHURNSTREAM_TRY_ASSIGN(parts.checkpoint_file, CheckpointFile::open(remembered));
  parts.owner = lock.instance();
  progress.set_name(lock.instance());
  parts.observers = std::move(wishes.observers);
  parts.observers.push_back(&progress);
  const std::unique_ptr<DriftWatch> drift = file.page ? drift_watch(*model, clock) : nullptr;
  if (drift) parts.observers.push_back(drift.get());
  const std::shared_ptr<const ScoreTerms> terms = parts.terms;

  const auto current_terms = std::make_shared<CurrentTerms>(terms);
  CHURNSTREAM_TRY_ASSIGN(const Shown shown, show(file, {std::move(model), scorer, current_terms}, progress,
                                                 drift.get(), clock, wishes));

  Pipeline pipeline(std::move(parts), clock);
  ReloadTargets targets = targets_of(shown);
  targets.terms = [&](const std::shared_ptr<const ScoreTerms>& changed) {
    pipeline.set_terms(changed);
    progress.set_terms(changed);
    current_terms->set(changed);
  };
  progress.begin(
      terms, [&pipeline] { return pipeline.account(); }, [&pipeline] { return pipeline.positions(); });
  Result<void> done;
  {
    const ProgressLines lines(progress, wishes.progress_every);
    const ReloadOnSignal reload(Reload(file, terms, std::move(targets)));
    done = pipeline.run(stop);
  }
  const StreamEnd end{pipeline.account(), pipeline.positions()};
  if (done)
    progress.finish(end.account, end.positions);
  else
    progress.fail(end.account, end.positions, done.error().message);
  if (wishes.progress_every.count() > 0) {
    const std::string line = json_line(progress.report()) + "\n";
    std::fwrite(line.data(), 1, line.size(), stderr);
  }
  if (!done)
    return tl::make_unexpected(
        Error{done.error().message + " (" + account_sentence(end.account) + ")", done.error().kind});
  if (wishes.walk_is_over) wishes.walk_is_over(progress.report());
  return end;
}

}  // namespace churnstream
