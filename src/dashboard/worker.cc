#include "dashboard/worker.h"

#include <chrono>

#include "base/thread_name.h"

namespace churnstream {

Worker::Worker(std::string name, std::size_t waiting_max)
    : questions_(std::move(name), waiting_max), thread_([this] { work(); }) {}

Worker::~Worker() {
  is_ending_ = true;
  questions_.close();
  thread_.join();
}

bool Worker::ask(std::function<void()> question) { return questions_.try_push(question, 1); }

void Worker::work() {
  name_this_thread("page worker");
  while (!is_ending_) {
    std::optional<std::function<void()>> question = questions_.pop(std::chrono::seconds(1));
    if (question && !is_ending_) (*question)();
  }
}

}  // namespace churnstream
