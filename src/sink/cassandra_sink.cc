#include "sink/cassandra_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <unordered_map>

#include "base/crash_point.h"
#include "base/log.h"
#include "sink/cassandra_rows.h"
#include "sink/cassandra_schema.h"
#include "sink/cassandra_there.h"
#include "sink/cassandra_writer.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;
using Trouble = CassandraTrouble;

// A node that went away is back, or another one found, in less; the pipeline's own pauses are for what takes
// longer.
constexpr std::chrono::milliseconds kPatience = 2s;

// Which of the batch's items are written: kept while the same batch comes again, so that a few rows that time
// out do not bring thousands of others back.
struct Progress {
  Partition partition;
  std::vector<Offset> offsets;
  Offset next{};
  std::int64_t scored_at_us = 0;
  std::vector<ItemState> events, scores, tombstones, taken_back;
  std::vector<std::string> reasons;     // by row; of those that are refused
  std::optional<CassandraThere> there;  // of a batch of past rows: what was there before it

  bool is_of(const ScoredBatch& batch) const {
    const Extent& extent = batch.rows.extent();
    return scored_at_us == batch.scored_at_us && next == extent.next && partition == extent.partition &&
           tombstones.size() == batch.tombstones.size() && offsets == extent.offsets;
  }
  static Progress begin(const ScoredBatch& batch) {
    const Extent& extent = batch.rows.extent();
    Progress fresh{extent.partition, extent.offsets, extent.next, batch.scored_at_us};
    fresh.events.assign(batch.num_rows(), ItemState::open);
    fresh.tombstones.assign(batch.tombstones.size(), ItemState::open);
    fresh.reasons.resize(batch.num_rows());
    return fresh;
  }
};

// Open for the newest of each customer by write time, and of equal ones the last: what the server would make
// of all of them, in whatever batches they came. Rows that are refused do not count.
std::vector<ItemState> newest_of(const ScoredBatch& batch, const std::vector<std::string>& refused) {
  const Extent& extent = batch.rows.extent();
  const auto time_of = [&](std::size_t row) {
    return cassandra_write_time(extent.event_times_us[row], extent.offsets[row]);
  };
  std::unordered_map<std::string_view, std::size_t> newest;
  newest.reserve(batch.num_rows());
  for (std::size_t row = 0; row < batch.num_rows(); ++row) {
    if (!refused[row].empty()) continue;
    const auto [there, is_first] = newest.emplace(batch.key(row), row);
    if (!is_first && time_of(row) >= time_of(there->second)) there->second = row;
  }
  std::vector<ItemState> states(batch.num_rows(), ItemState::written);
  for (const auto& [key, row] : newest) states[row] = ItemState::open;
  return states;
}

class CassandraSink : public Sink {
 public:
  CassandraSink(CassandraSettings settings, std::optional<RowsThere> backfill, OpenCassandra open_session)
      : settings_(std::move(settings)), backfill_(backfill), open_session_(std::move(open_session)) {}
  ~CassandraSink() override { close(); }

  Result<std::optional<Checkpoint>> open(const Assignment& assignment) override {
    close();
    CHURNSTREAM_TRY_ASSIGN(ScoredRecord record, ScoredRecord::make(*assignment.columns, *assignment.terms));
    record_ = std::make_unique<ScoredRecord>(std::move(record));
    CHURNSTREAM_TRY_ASSIGN(session_, open_session_(settings_));
    CHURNSTREAM_TRY(make_or_check_cassandra_tables(*session_, settings_, *record_));
    statements_ = std::make_unique<CassandraStatements>(*record_, settings_);
    if (settings_.has_events) {
      CHURNSTREAM_TRY_ASSIGN(insert_event_, prepared(statements_->insert_event()));
      CHURNSTREAM_TRY_ASSIGN(take_back_, prepared(statements_->take_back_event()));
    }
    if (settings_.has_scores) {
      CHURNSTREAM_TRY_ASSIGN(insert_score_, prepared(statements_->insert_score()));
      CHURNSTREAM_TRY_ASSIGN(forget_, prepared(statements_->forget()));
    }
    writer_ = std::make_unique<CassandraWriter>(*session_, settings_.concurrent_writes, kPatience);
    return std::nullopt;
  }

  // TryAgain: no node could be reached or too few replicas were up, and none of the rows is there. Unknown:
  // answers did not come in time, or some rows are there and others not; the same again writes the others.
  // RefusedRows: rows the server will never take; what one of the tables took of them is taken back. Broken:
  // rights or tables are not what they were.
  WriteOutcome write(const ScoredBatch& batch, const Checkpoint&) override {
    if (!session_) return TryAgain{.reason = "the store is not open"};
    if (!progress_ || !progress_->is_of(batch)) progress_ = Progress::begin(batch);
    std::optional<CassandraStop> stop;
    if (backfill_ && !progress_->there) stop = look_for_past(batch);
    if (!stop && settings_.has_events) stop = write_events(batch);
    crash_point("between_tables");
    if (!stop && settings_.has_scores) stop = write_scores(batch);
    if (!stop) stop = look_at_refusals();
    if (stop) return outcome_of(*stop);
    std::vector<RefusedRow> refused;
    for (std::size_t row = 0; row < batch.num_rows(); ++row)
      if (!progress_->reasons[row].empty())
        refused.push_back(refused_row(batch, row, "the store refused the row: " + progress_->reasons[row]));
    progress_.reset();
    if (refused.empty()) return Delivered{};
    return RefusedRows{std::move(refused)};
  }

  void close() noexcept override {
    progress_.reset();
    writer_.reset();
    session_.reset();
  }

 private:
  Result<std::int64_t> prepared(const std::string& cql) {
    const auto statement = session_->prepare(cql);
    if (statement) return *statement;
    return cassandra_opening_failed(settings_, statement.error());
  }

  CassandraWriter::Refuse refusing() {
    return [this](std::size_t row, const std::string& reason) {
      progress_->reasons[row] = reason.empty() ? "it gave no reason" : reason;
    };
  }

  std::optional<CassandraStop> look_for_past(const ScoredBatch& batch) {
    auto there = look_for_past_rows(*session_, settings_, *record_, batch);
    if (!there) {
      const Trouble trouble = there.error().trouble();
      return CassandraStop{trouble == Trouble::row ? Trouble::broken : trouble, there.error().message};
    }
    progress_->there = *std::move(there);
    leave_what_stays(progress_->there->events, progress_->events);
    return std::nullopt;
  }

  void leave_what_stays(const CassandraTimes& there, std::vector<ItemState>& states) const {
    if (backfill_ != RowsThere::stay) return;
    for (std::size_t row = 0; row < states.size(); ++row)
      if (there[row]) states[row] = ItemState::written;
  }

  // The record's own; of one that is there and is replaced, the one behind it.
  std::int64_t write_time(const ScoredBatch& batch, std::size_t row, CassandraTimes CassandraThere::*table) {
    const Extent& extent = batch.rows.extent();
    const std::int64_t own = cassandra_write_time(extent.event_times_us[row], extent.offsets[row]);
    const auto there = progress_->there ? ((*progress_->there).*table)[row] : std::nullopt;
    if (!there || *there == std::numeric_limits<std::int64_t>::max()) return own;
    return std::max(own, *there + 1);
  }

  std::optional<CassandraStop> write_events(const ScoredBatch& batch) {
    const auto missing = backfill_ == RowsThere::replaced ? CassandraStatements::Missing::is_null
                                                          : CassandraStatements::Missing::is_left;
    return writer_->write(
        insert_event_, progress_->events,
        [&](CassandraCells& cells, std::size_t row) {
          statements_->event_cells(cells, batch, row, write_time(batch, row, &CassandraThere::events),
                                   missing);
        },
        refusing());
  }

  // When a customer's newest row is refused, the one before it takes its place. Tombstones need no place
  // among the rows: their write times have one.
  std::optional<CassandraStop> write_scores(const ScoredBatch& batch) {
    for (;;) {
      if (progress_->scores.empty()) progress_->scores = newest_of(batch, progress_->reasons);
      if (progress_->there) leave_what_stays(progress_->there->scores, progress_->scores);
      std::vector<std::size_t> refused;
      const auto stop = writer_->write(
          insert_score_, progress_->scores,
          [&](CassandraCells& cells, std::size_t row) {
            statements_->score_cells(cells, batch, row, write_time(batch, row, &CassandraThere::scores));
          },
          [&](std::size_t row, const std::string& reason) {
            refusing()(row, reason);
            refused.push_back(row);
          });
      if (const auto stopped = take_back(batch, refused)) return stopped;
      if (stop) return stop;
      if (refused.empty()) break;
      progress_->scores.clear();
    }
    return writer_->write(
        forget_, progress_->tombstones,
        [&](CassandraCells& cells, std::size_t one) { statements_->forget_cells(cells, batch, one); },
        // A tombstone has no row to refuse, and a key that the server cannot hold has none in the table.
        [](std::size_t, const std::string& reason) {
          log_warn("the store would not forget a customer: " + reason);
        });
  }

  // A row that churn_scores refuses is in churn_events already.
  std::optional<CassandraStop> take_back(const ScoredBatch& batch, const std::vector<std::size_t>& rows) {
    if (!settings_.has_events) return std::nullopt;
    if (progress_->taken_back.empty()) progress_->taken_back.assign(batch.num_rows(), ItemState::written);
    for (const std::size_t row : rows) progress_->taken_back[row] = ItemState::open;
    return writer_->write(
        take_back_, progress_->taken_back,
        [&](CassandraCells& cells, std::size_t row) {
          statements_->take_back_cells(cells, batch, row, write_time(batch, row, &CassandraThere::events));
        },
        [](std::size_t, const std::string&) {});
  }

  // What the server calls invalid may be the row, or tables that somebody changed.
  std::optional<CassandraStop> look_at_refusals() {
    bool is_any = false;
    for (const std::string& reason : progress_->reasons) is_any = is_any || !reason.empty();
    if (!is_any) return std::nullopt;
    const auto checked = check_cassandra_tables(*session_, settings_, *record_, CassandraMissing::is_wrong);
    if (checked) return std::nullopt;
    const bool is_wrong = checked.error().kind == ErrorKind::wrong;
    return CassandraStop{is_wrong ? Trouble::broken : Trouble::unknown, checked.error().message};
  }

  WriteOutcome outcome_of(const CassandraStop& stop) {
    if (stop.trouble == Trouble::broken) {
      progress_.reset();
      return Broken{failed("writing to the store", "keyspace " + settings_.keyspace, stop.reason).value()};
    }
    const auto has_written = [](const std::vector<ItemState>& states) {
      return std::find(states.begin(), states.end(), ItemState::written) != states.end();
    };
    // Scores that need no writing count as written: then events are, too, or there is no other table.
    const bool is_none = stop.trouble == Trouble::not_done && !has_written(progress_->events) &&
                         (settings_.has_events || !has_written(progress_->scores));
    if (is_none) return TryAgain{.reason = stop.reason};
    return Unknown{stop.reason};
  }

  const CassandraSettings settings_;
  const std::optional<RowsThere> backfill_;
  const OpenCassandra open_session_;
  std::unique_ptr<ScoredRecord> record_;
  std::unique_ptr<CassandraStatements> statements_;
  std::unique_ptr<CassandraSession> session_;
  std::unique_ptr<CassandraWriter> writer_;  // goes before the session
  std::int64_t insert_event_ = -1, insert_score_ = -1, forget_ = -1, take_back_ = -1;
  std::optional<Progress> progress_;
};

}  // namespace

Result<std::unique_ptr<Sink>> make_cassandra_sink(const Config& config) {
  CHURNSTREAM_TRY_ASSIGN(CassandraSettings settings, cassandra_settings_of(config));
  return make_cassandra_sink(std::move(settings));
}

std::unique_ptr<Sink> make_cassandra_sink(CassandraSettings settings, OpenCassandra open) {
  return std::make_unique<CassandraSink>(std::move(settings), std::nullopt, std::move(open));
}

std::unique_ptr<Sink> make_cassandra_backfill(CassandraSettings settings, RowsThere there,
                                              OpenCassandra open) {
  return std::make_unique<CassandraSink>(std::move(settings), there, std::move(open));
}

}  // namespace churnstream
