#include "dashboard/operations.h"

#include <mutex>

#include "dashboard/metrics_text.h"
#include "dashboard/server.h"

namespace churnstream {
namespace {

constexpr std::size_t kConnectionsMax = 64;

PageResponse text_answer(const PageRequest& request, unsigned status, std::string_view type,
                         std::string body) {
  PageResponse answer;
  answer.status = status;
  answer.headers = {{"Content-Type", std::string(type)},
                    {"Cache-Control", "no-store"},
                    {"X-Content-Type-Options", "nosniff"}};
  answer.content_length = body.size();
  if (request.method != "HEAD") answer.body = std::move(body);
  return answer;
}

std::string lines_of(const std::vector<std::string>& sentences) {
  std::string lines;
  for (const std::string& sentence : sentences) lines += sentence + "\n";
  return lines;
}

class LiveOperations : public Operations {
 public:
  LiveOperations(const OperationsSettings& settings, const RunProgress& progress)
      : limits_(settings.limits), version_(settings.version), progress_(progress) {}

  Result<void> start(const std::string& listen) {
    const ServerSettings settings{.listen = listen,
                                  .what = "the operators' address",
                                  .others_may_see = true,
                                  .connections_max = kConnectionsMax};
    ServerAnswers answers;
    answers.answer = [this](const PageRequest& request, std::string_view) {
      return answer_operations(request, progress_.report(), limits(), version_);
    };
    CHURNSTREAM_TRY_ASSIGN(server_, start_server(settings, std::move(answers)));
    return {};
  }

  std::string address() const override { return server_->address(); }

  void set_limits(const ReadyLimits& limits) override {
    const std::lock_guard lock(mutex_);
    limits_ = limits;
  }

 private:
  ReadyLimits limits() const {
    const std::lock_guard lock(mutex_);
    return limits_;
  }

  mutable std::mutex mutex_;
  ReadyLimits limits_;
  const std::string version_;
  const RunProgress& progress_;
  std::unique_ptr<PageServer> server_;  // ends before what it asks
};

}  // namespace

PageResponse answer_operations(const PageRequest& request, const ProgressReport& report,
                               const ReadyLimits& limits, std::string_view version) {
  constexpr std::string_view kText = "text/plain; charset=utf-8";
  if (request.method != "GET" && request.method != "HEAD") {
    PageResponse answer = text_answer(request, 405, kText, "Only GET and HEAD are answered here.\n");
    answer.headers.emplace_back("Allow", "GET, HEAD");
    return answer;
  }
  const std::string_view path = request.target.substr(0, request.target.find('?'));
  if (path == "/metrics")
    return text_answer(request, 200, "text/plain; version=0.0.4; charset=utf-8",
                       metrics_text(report, version));
  if (path == "/progress") return text_answer(request, 200, "application/json", json_line(report) + "\n");
  if (path == "/healthz") {
    const bool has_failed = report.state == RunState::failed;
    return text_answer(request, has_failed ? 503 : 200, kText,
                       has_failed ? "the run failed: " + report.failure + "\n" : "ok\n");
  }
  if (path == "/readyz") {
    const std::vector<std::string> troubles = troubles_of(report, limits);
    return text_answer(request, troubles.empty() ? 200 : 503, kText,
                       troubles.empty() ? "ready\n" : lines_of(troubles));
  }
  return text_answer(request, 404, kText, "There are /metrics, /healthz, /readyz and /progress.\n");
}

Result<std::unique_ptr<Operations>> start_operations(const OperationsSettings& settings,
                                                     const RunProgress& progress) {
  auto operations = std::make_unique<LiveOperations>(settings, progress);
  CHURNSTREAM_TRY(operations->start(settings.listen));
  return operations;
}

}  // namespace churnstream
