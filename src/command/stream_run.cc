#include "command/stream_run.h"

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "command/evaluation_text.h"
#include "command/pipeline_build.h"
#include "pipeline/instance_lock.h"
#ifdef CHURNSTREAM_HAS_DASHBOARD
#include "dashboard/dashboard.h"
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

#ifdef CHURNSTREAM_HAS_DASHBOARD
Result<std::unique_ptr<Dashboard>> start_page(const PipelineFile& file, const ScoreTerms& terms,
                                              const RunProgress& progress, Clock& clock) {
  DashboardSettings settings;
  settings.server.listen = file.page->text("listen");
  settings.snapshot.title = file.page->text("title");
  settings.snapshot.currency = file.page->text("currency");
  CHURNSTREAM_TRY_ASSIGN(std::unique_ptr<History> history, open_history(file, terms.value_column));
  return start_dashboard(settings, progress, std::move(history), clock);
}
#endif

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
  const Path state = file.run.path("state_dir");
  // Processes of a group share one folder, each in a slot of its own; a file has one reader.
  const int slots = file.source_kind->has_group ? kSlotsMax : 1;
  CHURNSTREAM_TRY_ASSIGN(const InstanceLock lock,
                         InstanceLock::take(state, file.run.text("instance"), slots));
  CHURNSTREAM_TRY_ASSIGN(RunParts parts,
                         build_pipeline(file, std::move(model), clock,
                                        {.until_end = wishes.until_end, .instance = lock.instance()}));
  // Each process of a group remembers in a folder of its own what its topic was.
  const Path remembered = file.source_kind->has_group ? state / lock.instance() : state;
  std::error_code ignored;
  std::filesystem::create_directories(remembered, ignored);
  CHURNSTREAM_TRY_ASSIGN(parts.checkpoint_file, CheckpointFile::open(remembered));
  parts.owner = lock.instance();
  parts.observers = std::move(wishes.observers);
  parts.observers.push_back(&progress);
  const std::shared_ptr<const ScoreTerms> terms = parts.terms;

#ifdef CHURNSTREAM_HAS_DASHBOARD
  std::unique_ptr<Dashboard> page;
  if (file.page) {
    CHURNSTREAM_TRY_ASSIGN(page, start_page(file, *terms, progress, clock));
    if (wishes.page_is_up) wishes.page_is_up(page->address());
  }
#else
  if (file.page) return wrong("starting", "the page", "[page] is not built in this version");
#endif

  Pipeline pipeline(std::move(parts), clock);
  progress.begin(
      terms, [&pipeline] { return pipeline.account(); }, [&pipeline] { return pipeline.positions(); });
  Result<void> done;
  {
    const ProgressLines lines(progress, wishes.progress_every);
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
