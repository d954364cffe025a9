#include "command/stop_signal.h"

#include <signal.h>
#include <unistd.h>

namespace churnstream {
namespace {

constexpr int kStoppedAtOnce = 1;

std::atomic<bool> stop_asked{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may only touch what never locks");
struct sigaction before_interrupt {
}, before_terminate{}, before_pipe{};

void ask(int) {
  if (stop_asked.exchange(true)) ::_exit(kStoppedAtOnce);
}

}  // namespace

StopSignal::StopSignal() {
  stop_asked = false;
  struct sigaction action {};
  action.sa_handler = ask;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGINT, &action, &before_interrupt);
  ::sigaction(SIGTERM, &action, &before_terminate);
  // A reader that is gone is an error of the write, not the end of the process.
  action.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &action, &before_pipe);
}

StopSignal::~StopSignal() {
  ::sigaction(SIGINT, &before_interrupt, nullptr);
  ::sigaction(SIGTERM, &before_terminate, nullptr);
  ::sigaction(SIGPIPE, &before_pipe, nullptr);
}

const std::atomic<bool>& StopSignal::asked() const { return stop_asked; }

}  // namespace churnstream
