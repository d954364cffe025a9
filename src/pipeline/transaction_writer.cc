#include "pipeline/transaction_writer.h"

#include <fmt/format.h>

#include "base/crash_point.h"
#include "base/log.h"
#include "base/thread_name.h"
#include "pipeline/overloaded.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kQueueBytesMax = 32 << 20;
constexpr std::size_t kBatchesWaitingMax = 4;       // what a lane makes while a commit is under way
constexpr std::size_t kContentBytesMax = 48 << 20;  // A transaction is no bigger, whatever its time.
constexpr auto kLookAgain = 20ms;
constexpr auto kSilenceMax = 5s;  // A transaction open for longer says what it waits for.

}  // namespace

TransactionWriter::TransactionWriter(Terms terms, std::unique_ptr<TransactionalSink> sink, RunShared& state)
    : terms_(std::move(terms)),
      sink_(std::move(sink)),
      state_(state),
      queue_("batches to the transactions of sink " + terms_.name, kQueueBytesMax),
      backoff_(50ms, 10s, 0) {}

TransactionWriter::~TransactionWriter() { finish(); }

void TransactionWriter::start(Assignment assignment) {
  thread_ = std::thread([this, assignment = std::move(assignment)] { work(assignment); });
}

bool TransactionWriter::try_push(Delivery& delivery) {
  if (queue_.size() >= kBatchesWaitingMax || !queue_.try_push(delivery, delivery.parcel->bytes()))
    return false;
  bell_.ring();
  return true;
}

void TransactionWriter::push(Delivery delivery, std::vector<RefusedRow> rows, bool waits) {
  {
    const std::lock_guard lock(refused_mutex_);
    refused_.push_back({std::move(delivery), std::move(rows), waits});
  }
  bell_.ring();
}

void TransactionWriter::abort(const std::string& reason) {
  {
    const std::lock_guard lock(reason_mutex_);
    abort_reason_ = reason;
  }
  ++epoch_;
  bell_.ring();
}

void TransactionWriter::finish() {
  if (!thread_.joinable()) return;
  finishing_ = true;
  queue_.close();
  bell_.ring();
  thread_.join();
}

void TransactionWriter::work(const Assignment& assignment) {
  name_this_thread("tx " + terms_.name);
  backoff_ = Backoff(50ms, 10s, std::hash<std::string>()(assignment.owner + "/" + terms_.name));
  tell("opening", {});
  if (open(assignment)) {
    tell("open", {});
    carry();
  }
  if (content_.is_open && !sink_->abort()) log_warn("the last transaction is left to the broker to abort");
  sink_->close();
}

bool TransactionWriter::open(const Assignment& assignment) {
  Backoff backoff(200ms, 10s, std::hash<std::string>()(assignment.owner + "/" + terms_.name));
  for (;;) {
    Opened opened = sink_->open(assignment);
    if (opened || opened.error().kind == ErrorKind::wrong || state_.stopping()) {
      const bool is_open = opened.has_value();
      opened_.set_value(std::move(opened));
      return is_open;
    }
    log_warn(fmt::format("opening sink \"{}\" will be tried again: {}", terms_.name, opened.error().message));
    tell("try_again", opened.error().message);
    if (!state_.pause(backoff.next())) {
      opened_.set_value(std::move(opened));
      return false;
    }
  }
}

void TransactionWriter::carry() {
  while (!state_.abandoned()) {
    take();
    if (!is_settled())
      settle();
    else if (is_worth_a_commit() && is_ready())
      commit();
    else if (finishing_ && !content_.is_open && queue_.closed_and_empty())
      return;
    else if (queue_.size() == 0 || is_full()) {
      bell_.wait(kLookAgain);
      say_what_we_wait_for();
    }
  }
}

// Everything that waits, until the transaction has been open for long enough.
void TransactionWriter::take() {
  while (is_settled() && !is_full()) {
    const std::optional<Delivery> delivery = queue_.pop(0ns);
    if (!delivery) break;
    delivery->desk->bell.ring();
    if (!is_stale(*delivery)) take(*delivery);
  }
  std::vector<RefusedItem> items;
  {
    const std::lock_guard lock(refused_mutex_);
    items.swap(refused_);
  }
  if (!items.empty()) take(std::move(items));
}

void TransactionWriter::take(const Delivery& delivery) {
  desk_ = delivery.desk;
  if (!content_.is_open && !begin()) return;
  const ScoredBatch& scored = delivery.parcel->scored;
  const std::chrono::nanoseconds begun_at = state_.clock.steady();
  WriteOutcome written = sink_->write(scored, delivery.after);
  const std::chrono::nanoseconds time = state_.clock.steady() - begun_at;
  state_.tell([&](Observer& observer) { observer.on_stage(terms_.name, time); });
  if (!took(std::move(written), delivery)) return;
  if (terms_.takes_refused && !scored.refused.empty()) {
    if (!took(sink_->write_refused(scored.refused), delivery)) return;
    state_.tell([&](Observer& observer) { observer.on_refused(scored.refused); });
  }
  crash_point("after_produce");
  content_.bytes += delivery.parcel->bytes();
  content_.is_backlog = delivery.is_backlog;
  content_.owed[delivery.ticket].push_back(delivery);
  content_.owed[delivery.ticket].back().parcel.reset();  // the sink has what it needs of it
  for (const auto& [partition, next] : delivery.after.next) content_.after.next[partition] = next;
  content_.after.identity = delivery.after.identity;
}

// Rows that another sink refused join the transaction of the rows they came with; those whose rows have not
// come yet wait for them.
void TransactionWriter::take(std::vector<RefusedItem> items) {
  std::vector<RefusedItem> later;
  for (RefusedItem& item : items) {
    if (is_stale(item.delivery)) {
      if (item.waits) answer(item.delivery, state_);
    } else if (!content_.owed.contains(item.delivery.ticket) && item.waits) {
      later.push_back(std::move(item));
    } else if ((content_.is_open || begin()) && took(sink_->write_refused(item.rows), item.delivery)) {
      state_.tell([&](Observer& observer) { observer.on_refused(item.rows); });
      if (item.waits) content_.owed[item.delivery.ticket].push_back(item.delivery);
    }
  }
  const std::lock_guard lock(refused_mutex_);
  refused_.insert(refused_.begin(), std::make_move_iterator(later.begin()),
                  std::make_move_iterator(later.end()));
}

bool TransactionWriter::begin() {
  for (;;) {
    const Result<void> begun = sink_->begin();
    if (begun) break;
    if (begun.error().kind == ErrorKind::wrong) {
      break_off(begun.error());
      return false;
    }
    log_warn(fmt::format("sink \"{}\" cannot begin a transaction, trying again: {}", terms_.name,
                         begun.error().message));
    tell("try_again", begun.error().message);
    if (!state_.pause(backoff_.next()) || !is_settled()) return false;
  }
  content_.is_open = true;
  content_.begun_at = said_at_ = state_.clock.steady();
  return true;
}

// What was refused by the sink goes to the refused rows of the same transaction.
bool TransactionWriter::took(WriteOutcome outcome, const Delivery& delivery) {
  return std::visit(
      Overloaded{[](Delivered&) { return true; },
                 [&](RefusedRows& refused) {
                   std::vector<Offset> offsets;
                   for (RefusedRow& row : refused.rows) {
                     offsets.push_back(row.offset);
                     row.stage = terms_.name;
                     delivery.parcel->complete(row);
                   }
                   delivery.desk->ledger.refuse(delivery.ticket, offsets);
                   if (delivery.desk->refused != this) {
                     delivery.desk->ledger.wait_for_one_more(delivery.ticket);
                     delivery.desk->refused->push(delivery, std::move(refused.rows), true);
                     return true;
                   }
                   WriteOutcome kept = sink_->write_refused(refused.rows);
                   if (std::holds_alternative<RefusedRows>(kept)) {
                     break_off(Error{"a refused row was refused by the topic for refused rows: " +
                                     std::get<RefusedRows>(kept).rows.front().reason});
                     return false;
                   }
                   state_.tell([&](Observer& observer) { observer.on_refused(refused.rows); });
                   return took(std::move(kept), delivery);
                 },
                 [&](TryAgain& later) {
                   abort(later.reason);
                   return false;
                 },
                 [&](Unknown& lost) {
                   abort(lost.reason);
                   return false;
                 },
                 [&](Broken& broken) {
                   break_off(broken.error);
                   return false;
                 }},
      outcome);
}

// Nothing is missing any more but the commit: design rule 3.
bool TransactionWriter::is_ready() const {
  if (!content_.is_open) return false;
  for (const auto& [ticket, owed] : content_.owed)
    if (owed.front().desk->ledger.waits_for(ticket) != owed.size()) return false;
  return true;
}

bool TransactionWriter::is_full() const {
  return content_.is_open && (content_.bytes >= kContentBytesMax ||
                              state_.clock.steady() - content_.begun_at >= terms_.commit_interval);
}

// Every commit costs the broker as much as thousands of rows: with a backlog before us the transaction goes
// on.
bool TransactionWriter::is_worth_a_commit() const { return !content_.is_backlog || finishing_ || is_full(); }

void TransactionWriter::commit() {
  crash_point("before_commit");
  // The token first: a commit that is overtaken by a change of the group then carries the old generation, and
  // the broker refuses it.
  const GroupToken token = terms_.group_token();
  if (!is_settled()) return;
  CommitOutcome outcome = sink_->commit(content_.after, token);
  const std::chrono::nanoseconds took = state_.clock.steady() - content_.begun_at;
  if (auto* broken = std::get_if<Broken>(&outcome)) return break_off(broken->error);
  if (auto* aborted = std::get_if<Aborted>(&outcome)) {
    content_.is_open = false;
    return abort(aborted->reason);
  }
  crash_point("after_commit");
  state_.tell([&](Observer& observer) { observer.on_transaction(took, {}); });
  tell("delivered", {});
  Content done;
  std::swap(done, content_);
  for (const auto& [ticket, owed] : done.owed)
    for (const Delivery& delivery : owed) answer(delivery, state_);
  backoff_.reset();
}

// Ends the old epoch: its transaction is aborted and what waits of it is dropped.
void TransactionWriter::settle() {
  const std::uint64_t epoch = epoch_.load();
  std::string reason;
  {
    const std::lock_guard lock(reason_mutex_);
    reason = abort_reason_;
  }
  log_warn(fmt::format("a transaction of sink \"{}\" is aborted, its rows are read again: {}", terms_.name,
                       reason));
  state_.tell([&](Observer& observer) {
    observer.on_transaction(state_.clock.steady() - content_.begun_at, reason);
  });
  tell("try_again", reason);
  while (content_.is_open && !state_.abandoned()) {
    const Result<void> aborted = sink_->abort();
    if (aborted) break;
    if (aborted.error().kind == ErrorKind::wrong) return break_off(aborted.error());
    log_warn(fmt::format("aborting will be tried again: {}", aborted.error().message));
    state_.pause(backoff_.next());
  }
  // The answers these rows still wait for are not owed to anybody any more, but the ledger counts them.
  Content gone;
  std::swap(gone, content_);
  if (!sink_->has_learned()) state_.pause(backoff_.next());
  settled_.store(epoch);
  if (desk_ != nullptr) desk_->bell.ring();
}

void TransactionWriter::say_what_we_wait_for() {
  if (!content_.is_open || state_.clock.steady() - said_at_ < kSilenceMax) return;
  said_at_ = state_.clock.steady();
  std::size_t waiting = 0;
  for (const auto& [ticket, owed] : content_.owed)
    waiting += owed.front().desk->ledger.waits_for(ticket) != owed.size();
  log_warn(fmt::format("a transaction of sink \"{}\" is open for {:.0f} s: {} batches wait for another sink",
                       terms_.name, std::chrono::duration<double>(said_at_ - content_.begun_at).count(),
                       waiting));
}

void TransactionWriter::break_off(const Error& error) {
  tell("broken", error.message);
  state_.fail(Error{fmt::format("sink \"{}\": {}", terms_.name, error.message), error.kind});
}

void TransactionWriter::tell(const char* answer, const std::string& reason) {
  state_.tell(
      [&](Observer& observer) { observer.on_sink_state(terms_.name, terms_.number, answer, reason); });
}

}  // namespace churnstream
