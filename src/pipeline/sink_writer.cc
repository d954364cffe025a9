#include "pipeline/sink_writer.h"

#include <fmt/format.h>

#include "base/backoff.h"
#include "base/crash_point.h"
#include "base/log.h"
#include "base/thread_name.h"
#include "pipeline/overloaded.h"
#include "pipeline/refused_desk.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kQueueBytesMax = 32 << 20;
// While a sink is busy the next batches grow instead of lining up: few in the queue, many rows in each. Four
// of them made no stream faster and took 8 MB more.
constexpr std::size_t kBatchesWaitingMax = 2;

}  // namespace

SinkWriter::SinkWriter(std::string name, std::size_t number, bool required, std::unique_ptr<Sink> sink,
                       RunShared& state)
    : name_(std::move(name)),
      number_(number),
      required_(required),
      sink_(std::move(sink)),
      state_(state),
      queue_("batches to sink " + name_, kQueueBytesMax) {}

SinkWriter::~SinkWriter() { finish(); }

void SinkWriter::start(Assignment assignment) {
  jitter_seed_ = std::hash<std::string>()(assignment.owner + "/" + name_);
  thread_ = std::thread([this, assignment = std::move(assignment)] { work(assignment); });
}

SinkWriter::Opened SinkWriter::wait_until_open() {
  std::future<Opened> opened = opened_.get_future();
  if (!required_ && opened.wait_for(kOpenPatience) == std::future_status::timeout)
    return failed("opening", name_, "it does not answer");
  return opened.get();
}

SinkWriter::Pushed SinkWriter::try_push(Delivery& delivery) {
  const auto rows = static_cast<std::int64_t>(delivery.rows);
  if (!broken_ && queue_.size() < kBatchesWaitingMax) {
    // Told before the writer can have it, so that it never has less than nothing.
    state_.tell([&](Observer& observer) { observer.on_sink_rows(name_, rows, 0); });
    if (queue_.try_push(delivery, delivery.parcel->bytes())) return Pushed::taken;
    state_.tell([&](Observer& observer) { observer.on_sink_rows(name_, -rows, 0); });
  }
  if (!takes_nothing()) return Pushed::full;
  if (!required_) leave_out(delivery);
  return Pushed::not_now;
}

bool SinkWriter::takes_nothing() const {
  if (broken_) return true;
  if (required_) return false;
  const std::chrono::nanoseconds asked_at = asked_at_;
  return in_trouble_ || (asked_at > 0ns && state_.clock.steady() - asked_at > kAnswerPatience);
}

void SinkWriter::finish() {
  if (!thread_.joinable()) return;
  finishing_at_ = state_.clock.steady();
  finishing_ = true;
  queue_.close();
  thread_.join();
  if (left_out_.rows() > 0)
    log_error(fmt::format(
        "the optional sink \"{0}\" was left out of {1}: churnstream backfill PIPELINE --sink {0} brings them",
        name_, left_out_.text()));
}

void SinkWriter::work(const Assignment& assignment) {
  name_this_thread("sink " + name_);
  tell("opening", {});
  broken_ = !open(assignment);
  if (!broken_) tell("open", {});
  while (!queue_.closed_and_empty()) {
    const std::optional<Delivery> delivery = queue_.pop(1s);
    if (!delivery) {
      if (!broken_) sink_->idle();
      continue;
    }
    delivery->desk->bell.ring();
    if ((broken_ || state_.abandoned() || !deliver(*delivery)) && !required_) leave_out(*delivery);
    const auto rows = static_cast<std::int64_t>(delivery->rows);
    state_.tell([&](Observer& observer) { observer.on_sink_rows(name_, -rows, 0); });
  }
  sink_->close();
}

bool SinkWriter::open(const Assignment& assignment) {
  Backoff backoff(200ms, 10s, jitter_seed_);
  for (;;) {
    Opened opened = sink_->open(assignment);
    const bool is_open = opened.has_value();
    const bool is_wrong = !is_open && opened.error().kind == ErrorKind::wrong;
    const std::string words = is_open ? std::string() : opened.error().message;
    in_trouble_ = !is_open;
    if (is_wrong) tell("broken", words);
    if (is_wrong && !required_)
      log_error(fmt::format("the optional sink \"{}\" is left out: {}", name_, words));
    if (!is_open && !is_wrong) {
      log_warn(fmt::format("opening sink \"{}\" will be tried again: {}", name_, words));
      tell("try_again", words);
    }
    const bool goes_on = !is_open && !is_wrong && !(required_ && state_.stopping());
    const bool is_told = is_open || !goes_on || !required_;
    if (is_told && !has_told_opened_) opened_.set_value(opened);
    has_told_opened_ = has_told_opened_ || is_told;
    if (!goes_on) return is_open;
    if (!pause(backoff.next(), 0s)) {
      if (!has_told_opened_) opened_.set_value(std::move(opened));
      return false;
    }
  }
}

// Whether the rows are safe, or will be once refused ones are.
bool SinkWriter::deliver(const Delivery& delivery) {
  Backoff backoff(50ms, 10s, jitter_seed_ + delivery.ticket);
  for (;;) {
    bool is_done = true;
    std::chrono::nanoseconds wait = 0ns;
    const auto try_later = [&](const char* answer, const std::string& reason,
                               std::chrono::nanoseconds least) {
      is_done = false;
      wait = std::max(least, backoff.next());
      if (!in_trouble_.exchange(true))
        log_warn(fmt::format("sink \"{}\" is in trouble, trying again: {}", name_, reason));
      tell(answer, reason);
    };
    const std::chrono::nanoseconds begun_at = state_.clock.steady();
    asked_at_ = std::max<std::chrono::nanoseconds>(begun_at, 1ns);
    WriteOutcome outcome = sink_->write(delivery.parcel->scored, delivery.after);
    crash_point("after_write");
    asked_at_ = 0ns;
    const std::chrono::nanoseconds took = state_.clock.steady() - begun_at;
    state_.tell([&](Observer& observer) { observer.on_stage(name_, took); });
    std::visit(Overloaded{[&](Delivered&) { tell("delivered", {}); },
                          [&](RefusedRows& rows) { take_refused(delivery, std::move(rows)); },
                          [&](TryAgain& later) { try_later("try_again", later.reason, later.wait); },
                          [&](Unknown& lost) { try_later("unknown", lost.reason, 0ns); },
                          [&](Broken& broken) { break_off(broken.error); }},
               outcome);
    if (broken_) return false;
    if (is_done) break;
    if (!pause(wait, kEndPatience)) return false;
  }
  works_again();
  if (required_) answer(delivery, state_);
  return true;
}

// False when nobody waits for this sink any longer.
bool SinkWriter::pause(std::chrono::nanoseconds length, std::chrono::nanoseconds end_patience) {
  constexpr std::chrono::nanoseconds kSlice = 20ms;
  const auto is_given_up = [&] {
    return !required_ && finishing_ && state_.clock.steady() - finishing_at_.load() >= end_patience;
  };
  for (; length > 0ns && !is_given_up(); length -= kSlice)
    if (!state_.pause(std::min(length, kSlice))) return false;
  return !is_given_up() && !state_.abandoned();
}

void SinkWriter::works_again() {
  const bool was_in_trouble = in_trouble_.exchange(false);
  if (left_out_.rows() > left_out_told_) {
    left_out_told_ = left_out_.rows();
    log_warn(fmt::format("sink \"{}\" works again; so far it was left out of {}", name_, left_out_.text()));
  } else if (was_in_trouble) {
    log_info(fmt::format("sink \"{}\" works again", name_));
  }
}

void SinkWriter::leave_out(const Delivery& delivery) {
  left_out_.add(delivery);
  state_.tell([&](Observer& observer) { observer.on_sink_rows(name_, 0, delivery.rows); });
}

void SinkWriter::take_refused(const Delivery& delivery, RefusedRows rows) {
  tell("refused_rows", rows.rows.empty() ? std::string() : rows.rows.front().reason);
  if (required_) {
    std::vector<Offset> offsets;
    for (const RefusedRow& row : rows.rows) offsets.push_back(row.offset);
    delivery.desk->ledger.refuse(delivery.ticket, offsets);
    delivery.desk->ledger.wait_for_one_more(delivery.ticket);
  }
  for (RefusedRow& row : rows.rows) {
    row.stage = name_;
    delivery.parcel->complete(row);
  }
  // Each sink's reason is kept, also for a row that another one refused before; only the account counts once.
  delivery.desk->refused->push(delivery, std::move(rows.rows), required_);
}

void SinkWriter::break_off(const Error& error) {
  broken_ = true;
  tell("broken", error.message);
  Error told{fmt::format("sink \"{}\": {}", name_, error.message), error.kind};
  if (required_) return state_.fail(std::move(told));
  log_error("an optional sink is broken and left out from now on: " + told.message);
}

void SinkWriter::tell(const char* answer, const std::string& reason) {
  state_.tell([&](Observer& observer) { observer.on_sink_state(name_, number_, answer, reason); });
}

}  // namespace churnstream
