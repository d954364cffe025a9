#include "pipeline/lane.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/backoff.h"
#include "base/crash_point.h"
#include "base/log.h"
#include "pipeline/expected_loss.h"
#include "pipeline/true_outcomes.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;

constexpr auto kStopNoticedWithin = 100ms;
constexpr EpochMicros kAheadMaxUs = 86'400'000'000;  // a day: clocks and time zones that are wrong, not years
constexpr std::uint64_t kJitterSeed = 0x4C616E6521;

RefusedRow refused_at(const char* stage, const Parcel& parcel, std::size_t row, std::string reason) {
  RefusedRow refused = refused_row(parcel.scored, row, std::move(reason));
  refused.stage = stage;
  return refused;
}

}  // namespace

Lane::Lane(std::size_t number, LaneParts parts, LaneTerms lane_terms, std::shared_ptr<const ScoreTerms> terms,
           Checkpoint start, Ways ways, RunShared& state)
    : parts_(std::move(parts)),
      lane_terms_(lane_terms),
      terms_(std::move(terms)),
      start_(std::move(start)),
      sinks_(std::move(ways.sinks)),
      transaction_(ways.transaction),
      checkpoint_file_(ways.checkpoint_file),
      number_(number),
      state_(state),
      pool_(parts_.decoder->schema(), terms_),
      ledger_(start_),
      desk_{ledger_, bell_, ways.refused, ways.transaction},
      value_column_(find_value_column(*parts_.decoder->schema(), terms_->value_column)),
      committed_(start_) {
  parts_.source->on_revoke([this](const std::vector<Partition>& going, std::chrono::milliseconds patience) {
    give_up(going, patience);
  });
}

void Lane::run() {
  if (!open_source()) return;
  ledger_.set_identity(parts_.source->identity());
  if (lane_terms_.source_has_group && checkpoint_file_ != nullptr)
    if (const Result<void> saved = checkpoint_file_->save({.identity = parts_.source->identity()}); !saved)
      return state_.fail(saved.error());
  // An abort while the rest is awaited sends it back to reading.
  do {
    carry_until_the_end();
    drain();
  } while (is_stale() && !state_.stopping());
  commit();
  parts_.source->close();
}

bool Lane::open_source() {
  Backoff backoff(200ms, 10s, kJitterSeed);
  for (;;) {
    const Result<void> opened = parts_.source->open(start_);
    if (opened) return true;
    if (opened.error().kind == ErrorKind::wrong) {
      state_.fail(opened.error());
      return false;
    }
    log_warn("opening the source will be tried again: " + opened.error().message);
    if (state_.stopping() || !state_.pause(backoff.next())) return false;
  }
}

void Lane::carry_until_the_end() {
  Backoff backoff(200ms, 10s, kJitterSeed);
  bool finished = false;
  while (!state_.stopping() && !(finished && lane_terms_.until_end)) {
    commit_when_due();
    if (is_stale()) {
      if (!start_again()) return;
      finished = false;
    }
    if (finished) {
      wait_a_little();
      continue;
    }
    std::shared_ptr<Parcel> parcel = pool_.take();
    const Result<ReadOutcome> outcome = parts_.source->read(patience(), parcel->raw);
    if (!outcome) {
      if (outcome.error().kind == ErrorKind::wrong) return state_.fail(outcome.error());
      log_warn("reading will be tried again: " + outcome.error().message);
      if (!state_.pause(backoff.next())) return;
      continue;
    }
    backoff.reset();
    if (*outcome == ReadOutcome::rows) carry(std::move(parcel));
    finished = *outcome == ReadOutcome::finished;
  }
}

// After an abort: nothing of the old epoch can be committed any more, so reading goes on where the group
// stands.
bool Lane::start_again() {
  Backoff backoff(200ms, 10s, kJitterSeed);
  while (!state_.stopping()) {
    const std::uint64_t epoch = transaction_->epoch();
    if (!transaction_->is_settled()) {
      wait_a_little();
      continue;
    }
    const Result<Checkpoint> start =
        seeded_bug("no_rewind") ? ledger_.safe() : parts_.source->rewind(ledger_.safe());
    if (start && transaction_->epoch() == epoch) {
      ledger_.take_back(*start);
      epoch_ = epoch;
      return true;
    }
    if (start) continue;
    if (start.error().kind == ErrorKind::wrong) {
      state_.fail(start.error());
      return false;
    }
    log_warn("going back will be tried again: " + start.error().message);
    if (!state_.pause(backoff.next())) return false;
  }
  return false;
}

// Partitions are going: what is under way for them is finished, or belongs to another member now. We may be
// asked while a batch waits for room in a sink's queue; that one cannot be finished before we return.
void Lane::give_up(const std::vector<Partition>& going, std::chrono::milliseconds patience) {
  const std::chrono::nanoseconds deadline = state_.clock.steady() + patience;
  const std::size_t in_hand =
      in_hand_ && std::find(going.begin(), going.end(), *in_hand_) != going.end() ? 1 : 0;
  while (ledger_.stretches_under_way(going) > in_hand && !is_stale() && !state_.abandoned() &&
         state_.clock.steady() < deadline)
    bell_.wait(std::min<std::chrono::nanoseconds>(deadline - state_.clock.steady(), kStopNoticedWithin));
  if (transaction_ == nullptr)
    commit();
  else if (ledger_.stretches_under_way(going) > 0)
    transaction_->abort("partitions went to another member before their rows were delivered");
  ledger_.forget(going);
  committed_ = ledger_.safe();
}

void Lane::carry(std::shared_ptr<Parcel> parcel) {
  crash_point("after_poll");
  ScoredBatch& scored = parcel->scored;
  const std::chrono::nanoseconds arrived_at = state_.clock.steady();
  scored.arrived_ns = arrived_at.count();
  scored.terms = pool_.terms();
  skipped_.clear();
  parts_.decoder->decode(parcel->raw, scored.rows, scored.refused, skipped_);
  if (lane_terms_.keeps_outcomes) note_outcomes(scored);
  refuse_unfit_rows(*parcel);
  const std::chrono::nanoseconds decoded_at = state_.clock.steady();
  if (const Result<void> done = score(*parcel); !done) return state_.fail(done.error());
  add_expected_loss(scored, value_column_);
  for (RefusedRow& row : scored.refused) parcel->complete(row);
  for (const RawRecord& record : parcel->raw.records)
    if (record.is_tombstone && !record.key.empty())
      scored.tombstones.push_back({std::string(record.key), record.offset, record.time_us});
  const std::chrono::nanoseconds scored_at = state_.clock.steady();
  scored.scored_at_us = state_.clock.now_us();
  if (!skipped_.empty()) {
    ledger_.skipped(skipped_);
    state_.tell([&](Observer& observer) { observer.on_skipped(skipped_); });
  }
  state_.tell([&](Observer& observer) {
    observer.on_stage("decode", decoded_at - arrived_at);
    observer.on_stage("score", scored_at - decoded_at);
    observer.on_scored(scored);
  });
  hand_over(std::move(parcel));
}

// Before any row leaves the batch: labels lie beside the rows as they were decoded.
void Lane::note_outcomes(ScoredBatch& scored) {
  const std::size_t not_understood = add_true_outcomes(scored, parts_.decoder->labels());
  if (not_understood == 0 || warned_of_labels_) return;
  warned_of_labels_ = true;
  log_warn(
      "some labels are none of the model's classes: their rows are scored and stored, their outcomes are "
      "not");
}

// A customer nobody can name can neither be upserted nor helped. An event time far ahead would win over every
// newer event for as long as it lies in the future.
void Lane::refuse_unfit_rows(Parcel& parcel) {
  RecordBatch& rows = parcel.scored.rows;
  const Extent& extent = rows.extent();
  const Column& keys = rows.column(terms_->key_column);
  std::size_t record = 0;
  const auto problem_of = [&](std::size_t row) -> const char* {
    if (keys.is_missing(row) || keys.text(row).empty()) return "the row has no customer id";
    if (!parcel.raw.has_own_times) return nullptr;
    while (parcel.raw.records[record].offset != extent.offsets[row]) ++record;
    return extent.event_times_us[row] > parcel.raw.records[record].time_us + kAheadMaxUs
               ? "its event time is more than a day ahead of its record's"
               : nullptr;
  };
  std::vector<std::size_t> kept;
  kept.reserve(rows.num_rows());
  for (std::size_t row = 0; row < rows.num_rows(); ++row)
    if (const char* problem = problem_of(row); problem == nullptr)
      kept.push_back(row);
    else
      parcel.scored.refused.push_back(refused_at("decode", parcel, row, problem));
  if (kept.size() < rows.num_rows()) rows = rows.take(kept);
}

Result<void> Lane::score(Parcel& parcel) {
  return parts_.scorer->score(parcel.scored, [&](std::size_t row, std::string reason) {
    parcel.scored.refused.push_back(refused_at("feature", parcel, row, std::move(reason)));
  });
}

void Lane::hand_over(std::shared_ptr<const Parcel> parcel) {
  const ScoredBatch& scored = parcel->scored;
  const auto is_required = [](const SinkWriter* sink) { return sink->required(); };
  Stretch stretch;
  stretch.partition = parcel->raw.partition;
  stretch.next = parcel->raw.next;
  stretch.rows_scored = scored.num_rows();
  stretch.rows_refused = scored.refused.size();
  // One more for ourselves, so that nothing closes before everybody was told.
  const bool refused_apart =
      !scored.refused.empty() && !(transaction_ != nullptr && transaction_->takes_refused());
  stretch.waits_for = 1 + static_cast<std::size_t>(std::count_if(sinks_.begin(), sinks_.end(), is_required)) +
                      (transaction_ == nullptr ? 0 : 1) + (refused_apart ? 1 : 0);
  Delivery delivery;
  delivery.parcel = parcel;
  delivery.rows = scored.num_rows();
  delivery.arrived_ns = scored.arrived_ns;
  delivery.is_backlog = parcel->raw.is_backlog;
  delivery.after.next[stretch.partition] = stretch.next;
  delivery.after.identity = parts_.source->identity();
  delivery.ticket = ledger_.open(stretch);
  delivery.desk = &desk_;
  delivery.epoch = epoch_;
  in_hand_ = stretch.partition;
  if (refused_apart) desk_.refused->push(delivery, scored.refused, true);
  for (SinkWriter* sink : sinks_)
    push([&, copy = delivery]() mutable { return sink->try_push(copy) != SinkWriter::Pushed::full; });
  if (transaction_ != nullptr) push([&, copy = delivery]() mutable { return transaction_->try_push(copy); });
  in_hand_.reset();
  if (seeded_bug("offsets_outside_the_transaction")) (void)parts_.source->commit(delivery.after);
  answer(delivery, state_);
}

template <typename TryPush>
void Lane::push(TryPush try_push) {
  std::optional<std::chrono::nanoseconds> give_up_at;
  while (!is_stale() && !try_push() && !state_.abandoned()) {
    if (state_.stopping() && !give_up_at) give_up_at = state_.clock.steady() + lane_terms_.stop_patience;
    if (give_up_at && state_.clock.steady() >= *give_up_at) return state_.abandon();
    wait_a_little();
  }
}

void Lane::drain() {
  std::optional<std::chrono::nanoseconds> give_up_at;
  while (ledger_.stretches_under_way() > 0 && !state_.abandoned() && !is_stale()) {
    if (state_.stopping() && !give_up_at) give_up_at = state_.clock.steady() + lane_terms_.stop_patience;
    if (give_up_at && state_.clock.steady() >= *give_up_at) {
      log_warn("a sink does not answer: what is under way is left for the next start");
      return state_.abandon();
    }
    wait_a_little();
  }
}

// For an answer or for room; our place in the group is kept meanwhile.
void Lane::wait_a_little() {
  bell_.wait(patience());
  commit_when_due();
  if (const Result<void> stayed = parts_.source->stay(); !stayed)
    log_warn("keeping the place in the group: " + stayed.error().message);
}

void Lane::commit_when_due() {
  const std::chrono::nanoseconds now = state_.clock.steady();
  if (now >= lag_due_) {
    lag_due_ = now + 1s;
    const std::vector<PartitionLag> lag = parts_.source->lag();
    state_.tell([&](Observer& observer) { observer.on_lag(number_, lag); });
  }
  if (now < commit_due_) return;
  commit_due_ = now + lane_terms_.commit_interval;
  commit();
}

// Where committing fails the run goes on: the next one covers this one, and rows that come again are skipped
// or overwritten.
void Lane::commit() {
  if (transaction_ != nullptr || ledger_.safe().next == committed_.next) return;
  ledger_.set_identity(parts_.source->identity());
  const Checkpoint safe = ledger_.safe();
  const auto warn = [](const Error& error) {
    log_warn("the checkpoint could not be moved: " + error.message);
  };
  if (checkpoint_file_ != nullptr && !lane_terms_.source_has_group)
    if (const Result<void> saved = checkpoint_file_->save(safe); !saved) return warn(saved.error());
  if (const Result<void> told = parts_.source->commit(safe); !told) return warn(told.error());
  committed_ = safe;
}

std::chrono::milliseconds Lane::patience() {
  const auto until_commit = std::chrono::ceil<std::chrono::milliseconds>(commit_due_ - state_.clock.steady());
  return std::clamp<std::chrono::milliseconds>(until_commit, 1ms, kStopNoticedWithin);
}

}  // namespace churnstream
