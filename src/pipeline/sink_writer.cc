#include "pipeline/sink_writer.h"

#include <fmt/format.h>

#include "base/backoff.h"
#include "base/crash_point.h"
#include "base/log.h"
#include "pipeline/overloaded.h"
#include "pipeline/refused_desk.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kQueueBytesMax = 32 << 20;
// While a sink is busy the next batches grow instead of lining up: few in the queue, many rows in each.
constexpr std::size_t kBatchesWaitingMax = 4;

}  // namespace

SinkWriter::SinkWriter(std::string name, bool required, std::unique_ptr<Sink> sink, RunShared& state)
    : name_(std::move(name)),
      required_(required),
      sink_(std::move(sink)),
      state_(state),
      queue_("batches to sink " + name_, kQueueBytesMax) {}

SinkWriter::~SinkWriter() { finish(); }

void SinkWriter::start(Assignment assignment) {
  thread_ = std::thread([this, assignment = std::move(assignment)] { work(assignment); });
}

SinkWriter::Pushed SinkWriter::try_push(Delivery& delivery) {
  if (broken_) return Pushed::not_now;
  if (queue_.size() < kBatchesWaitingMax && queue_.try_push(delivery, delivery.parcel->bytes()))
    return Pushed::taken;
  return !required_ && in_trouble_ ? Pushed::not_now : Pushed::full;
}

void SinkWriter::finish() {
  if (!thread_.joinable()) return;
  finishing_ = true;
  queue_.close();
  thread_.join();
}

void SinkWriter::work(const Assignment& assignment) {
  if (open(assignment)) {
    while (!queue_.closed_and_empty()) {
      const std::optional<Delivery> delivery = queue_.pop(1s);
      if (!delivery) {
        sink_->idle();
        continue;
      }
      delivery->desk->bell.ring();
      if (!broken_ && !state_.abandoned()) deliver(*delivery);
    }
  }
  sink_->close();
}

bool SinkWriter::open(const Assignment& assignment) {
  Backoff backoff(200ms, 10s, std::hash<std::string>()(name_));
  for (;;) {
    Opened opened = sink_->open(assignment);
    const bool is_final = opened || opened.error().kind == ErrorKind::wrong || !required_;
    if (is_final) {
      const bool is_open = opened.has_value();
      broken_ = !is_open;
      if (!is_open) tell("broken", opened.error().message);
      opened_.set_value(std::move(opened));
      return is_open;
    }
    log_warn(fmt::format("opening sink \"{}\" will be tried again: {}", name_, opened.error().message));
    tell("try_again", opened.error().message);
    if (state_.stopping() || !state_.pause(backoff.next())) {
      broken_ = true;
      opened_.set_value(std::move(opened));
      return false;
    }
  }
}

void SinkWriter::deliver(const Delivery& delivery) {
  Backoff backoff(50ms, 10s, std::hash<std::string>()(name_) + delivery.ticket);
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
    WriteOutcome outcome = sink_->write(delivery.parcel->scored, delivery.after);
    crash_point("after_write");
    const std::chrono::nanoseconds took = state_.clock.steady() - begun_at;
    state_.tell([&](Observer& observer) { observer.on_stage(name_, took); });
    std::visit(Overloaded{[&](Delivered&) { tell("delivered", {}); },
                          [&](RefusedRows& rows) { take_refused(delivery, std::move(rows)); },
                          [&](TryAgain& later) { try_later("try_again", later.reason, later.wait); },
                          [&](Unknown& lost) { try_later("unknown", lost.reason, 0ns); },
                          [&](Broken& broken) { break_off(broken.error); }},
               outcome);
    if (broken_) return;
    if (is_done) break;
    const bool gives_up = finishing_ && !required_;
    if (gives_up || !state_.pause(wait)) return;
  }
  if (in_trouble_.exchange(false)) log_info(fmt::format("sink \"{}\" works again", name_));
  if (required_) answer(delivery, state_);
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
  state_.tell([&](Observer& observer) { observer.on_sink_state(name_, answer, reason); });
}

}  // namespace churnstream
