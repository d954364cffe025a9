#include "command/stop_signal.h"

#include <signal.h>
#include <unistd.h>

namespace churnstream {
namespace {

constexpr int kStoppedAtOnce = 1;

std::atomic<bool> stop_asked{false}, reload_asked{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may only touch what never locks");
struct sigaction before_interrupt {
}, before_terminate{}, before_pipe{}, before_hang_up{};

void ask(int) {
  if (stop_asked.exchange(true)) ::_exit(kStoppedAtOnce);
}

void ask_reload(int) { reload_asked = true; }

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

ReloadSignal::ReloadSignal() {
  reload_asked = false;
  struct sigaction action {};
  action.sa_handler = ask_reload;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGHUP, &action, &before_hang_up);
}

ReloadSignal::~ReloadSignal() { ::sigaction(SIGHUP, &before_hang_up, nullptr); }

bool ReloadSignal::take() { return reload_asked.exchange(false); }

}  // namespace churnstream
