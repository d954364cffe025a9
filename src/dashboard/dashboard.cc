#include "dashboard/dashboard.h"

#include <condition_variable>
#include <mutex>
#include <thread>

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
    thread_ = std::thread([this] { publish_until_stopped(); });
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

Result<std::unique_ptr<Dashboard>> start_dashboard(const DashboardSettings& settings,
                                                   const RunProgress& progress,
                                                   std::unique_ptr<History> history, Clock& clock) {
  CHURNSTREAM_TRY_ASSIGN(std::unique_ptr<PageServer> server,
                         start_page_server(settings.server, page_files()));
  return std::make_unique<LiveDashboard>(settings, progress, std::move(history), clock, std::move(server));
}

}  // namespace churnstream
