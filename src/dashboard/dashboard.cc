#include "dashboard/dashboard.h"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/thread_name.h"
#include "dashboard/access_rules.h"
#include "dashboard/request_handler.h"
#include "dashboard/score_answers.h"
#include "dashboard/store_answers.h"

namespace churnstream {
namespace {

class LiveDashboard : public Dashboard {
 public:
  LiveDashboard(const DashboardSettings& settings, const RunProgress& progress,
                std::unique_ptr<History> history, Clock& clock, std::unique_ptr<PageServer> server)
      : interval_(settings.snapshot.interval),
        history_(std::move(history)),
        maker_(settings.snapshot, progress, history_.get(), clock),
        server_(std::move(server)) {
    publish();  // whoever comes first finds numbers already
    thread_ = std::thread([this] {
      name_this_thread("page snapshots");
      publish_until_stopped();
    });
  }

  ~LiveDashboard() override {
    {
      const std::lock_guard lock(mutex_);
      is_stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

  std::string address() const override { return server_->address(); }

  void set_labels(const PageLabels& labels) override {
    const std::lock_guard lock(making_);
    maker_.set_labels(labels);
  }

  Result<void> renew_certificate() override { return server_->renew_certificate(); }

 private:
  void publish() {
    const std::lock_guard lock(making_);
    std::string json = maker_.make();
    server_->publish(maker_.sequence(), std::move(json));
  }

  void publish_until_stopped() {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, interval_, [this] { return is_stopping_; })) {
      lock.unlock();
      publish();
      lock.lock();
    }
  }

  const std::chrono::milliseconds interval_;
  std::unique_ptr<History> history_;
  std::mutex making_;
  SnapshotMaker maker_;
  std::unique_ptr<PageServer> server_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace

ServerAnswers page_answers(AccessSettings access, DashboardParts parts, Clock& clock) {
  // Shared, since what is handed to the server must be copyable; each is used by one thread alone.
  const auto handler =
      std::make_shared<PageHandler>(PageParts{.files = page_files(),
                                              .access = std::move(access),
                                              .scorer = std::move(parts.row_scorer),
                                              .has_scoring_desk = parts.rows_scorer != nullptr,
                                              .has_store = parts.store_history != nullptr,
                                              .model = std::move(parts.model),
                                              .flow = std::move(parts.flow)},
                                    clock);
  ServerAnswers answers;
  answers.at_the_door = [handler](const PageRequest& request) { return handler->at_the_door(request); };
  answers.answer = [handler](const PageRequest& request, std::string_view snapshot) {
    return handler->answer(request, snapshot);
  };
  if (parts.store_history != nullptr)
    answers.store = [desk = std::make_shared<StoreDesk>(std::move(parts.store_history), std::move(parts.told),
                                                        parts.answers_rest, clock)](
                        const PageRequest& request) { return desk->answer(request); };
  if (parts.rows_scorer != nullptr)
    answers.scoring = [scorer = std::shared_ptr<RowScorer>(std::move(parts.rows_scorer))](
                          const PageRequest& request) { return answer_with_scores(request, *scorer); };
  return answers;
}

Result<std::unique_ptr<Dashboard>> start_dashboard(DashboardSettings settings, DashboardParts parts,
                                                   const RunProgress& progress, Clock& clock) {
  CHURNSTREAM_TRY(apply_access_rules(settings.server, settings.access));
  std::unique_ptr<History> snapshot_history = std::move(parts.snapshot_history);
  parts.flow = [&progress](FlowWindow window) { return progress.past(window); };
  parts.answers_rest = settings.snapshot.interval;
  CHURNSTREAM_TRY_ASSIGN(
      std::unique_ptr<PageServer> server,
      start_server(settings.server, page_answers(std::move(settings.access), std::move(parts), clock)));
  return std::make_unique<LiveDashboard>(settings, progress, std::move(snapshot_history), clock,
                                         std::move(server));
}

}  // namespace churnstream
