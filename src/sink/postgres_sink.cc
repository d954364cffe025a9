#include "sink/postgres_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>

#include "base/log.h"
#include "sink/postgres_positions.h"
#include "sink/postgres_retention.h"
#include "sink/postgres_rows.h"
#include "sink/postgres_schema.h"
#include "sink/postgres_view.h"
#include "sink/row_at.h"

namespace churnstream {
namespace {

using Step = PostgresResult<void>;
using Trouble = PostgresTrouble;

tl::unexpected<PostgresError> broken(std::string message) {
  return tl::make_unexpected(PostgresError{Trouble::broken, std::move(message)});
}

class PostgresSink : public Sink {
 public:
  explicit PostgresSink(PostgresSettings settings, std::optional<RowsThere> backfill = {})
      : settings_(std::move(settings)), backfill_(backfill) {}
  ~PostgresSink() override { close(); }

  Result<std::optional<Checkpoint>> open(const Assignment& assignment) override {
    close();
    CHURNSTREAM_TRY_ASSIGN(ScoredRecord record, ScoredRecord::make(*assignment.columns, *assignment.terms));
    record_ = std::make_unique<ScoredRecord>(std::move(record));
    rows_ = std::make_unique<PostgresRowWriter>(*record_, settings_, backfill_);
    shares_partitions_ = assignment.shares_partitions;
    CHURNSTREAM_TRY_ASSIGN(connection_, PostgresConnection::connect(settings_));
    CHURNSTREAM_TRY(make_or_check_postgres_tables(*connection_, settings_, *record_));
    if (!settings_.view.empty())
      CHURNSTREAM_TRY(make_or_check_postgres_view(*connection_, settings_, *assignment.columns,
                                                  assignment.terms->key_column));
    const Step prepared = prepare();
    if (!prepared) return opening_failed(prepared.error());
    if (backfill_) return std::nullopt;
    // A transaction's number is never given twice, whatever machines and processes are called.
    const auto number = connection_->run("SELECT pg_current_xact_id()");
    if (!number) return opening_failed(number.error());
    owner_ = fmt::format("{}/{}", assignment.owner, number->text(0, 0));
    const auto position = positions_->all();
    if (!position) return opening_failed(position.error());
    upkeep_due_ = {};
    keep_up();
    if (!connection_) return failed("opening the store", settings_.schema, "the connection was lost");
    return *position;
  }

  // TryAgain: no connection, a lock, a deadlock, a full disk, a server that goes down; nothing was committed.
  // Unknown: the answer to COMMIT did not come; the position stored with the rows tells next time.
  // RefusedRows: rows that break a constraint or hold what their column cannot. Broken: rights or tables are
  // not what they were, the topic is another one, or another owner took the position over.
  WriteOutcome write(const ScoredBatch& rows, const Checkpoint& after) override {
    if (connection_ && !backfill_) keep_up();
    if (!connection_)
      if (const std::optional<WriteOutcome> problem = connect_again()) return *problem;
    refused_.clear();
    Step done = in_transaction(rows, after, &PostgresSink::write_at_once);
    if (!done && done.error().trouble == Trouble::row) {
      refused_.clear();
      done = roll_back();
      if (done) done = in_transaction(rows, after, &PostgresSink::write_in_halves);
    }
    if (!done) return give_up(done.error(), false);
    const auto committed = connection_->run("COMMIT");
    if (!committed) return give_up(committed.error(), true);
    if (committed->command() != "COMMIT")
      return give_up({Trouble::passing, "the server rolled the transaction back"}, false);
    for (const auto& [partition, next] : after.next) owned_.insert(partition);
    if (refused_.empty()) return Delivered{};
    return RefusedRows{refused_};
  }

  void close() noexcept override {
    owned_.clear();
    drop_connection();
  }

 private:
  using WriteSlice = Step (PostgresSink::*)(const ScoredBatch&, const BatchSlice&);

  Step prepare() {
    if (const Step prepared = rows_->prepare(*connection_); !prepared) return prepared;
    auto positions = PostgresPositions::make(*connection_, settings_);
    if (!positions) return tl::make_unexpected(positions.error());
    positions_ = *std::move(positions);
    return {};
  }

  tl::unexpected<Error> opening_failed(const PostgresError& error) const {
    if (error.trouble == Trouble::passing || error.trouble == Trouble::unknown)
      return failed("opening the store", connection_->place(), error.message);
    return wrong("opening the store", connection_->place(), error.message,
                 "may this user read and write the tables?");
  }

  std::optional<WriteOutcome> connect_again() {
    auto connected = PostgresConnection::connect(settings_);
    if (!connected && connected.error().kind == ErrorKind::wrong)
      return Broken{Error{connected.error().message}};
    if (!connected) return TryAgain{.reason = connected.error().message};
    connection_ = *std::move(connected);
    if (const Step prepared = prepare(); !prepared) return give_up(prepared.error(), false);
    return std::nullopt;
  }

  // Partitions ahead of the rows, and the end of old ones. Rows find a place without it: what fails is said,
  // and tried again an hour later.
  void keep_up() {
    const auto now = std::chrono::steady_clock::now();
    if (now < upkeep_due_) return;
    upkeep_due_ = now + kRetentionEvery;
    Step done;
    if (settings_.events_by_day && settings_.has_events) done = make_postgres_days(*connection_, settings_);
    if (done) {
      const auto removed = remove_old_postgres_rows(*connection_, settings_);
      if (!removed) done = tl::make_unexpected(removed.error());
      if (removed && !*removed) upkeep_due_ = now + kRetentionGoesOn;
    }
    if (done) return;
    log_warn(fmt::format("keeping the tables of schema {} from growing: {}", settings_.schema,
                         done.error().message));
    if (connection_->is_lost()) drop_connection();
  }

  void drop_connection() {
    positions_.reset();
    connection_.reset();
  }

  Step roll_back() {
    const auto done = connection_->run("ROLLBACK");
    if (!done) return tl::make_unexpected(done.error());
    return {};
  }

  // The next write starts from a new connection: with this one goes whatever was left open in it.
  WriteOutcome give_up(const PostgresError& error, bool was_committing) {
    const std::string place = connection_->place();
    const bool is_silent = connection_->is_lost();
    drop_connection();
    switch (error.trouble) {
      case Trouble::unknown: return Unknown{error.message};
      case Trouble::passing:
        if (was_committing && is_silent) return Unknown{error.message};
        return TryAgain{.reason = error.message};
      case Trouble::row:
      case Trouble::broken: break;
    }
    return Broken{failed("writing to the store", place, error.message).value()};
  }

  // Everything but the COMMIT. Constraints that wait for it are asked at once, while it is known whose row it
  // is.
  Step in_transaction(const ScoredBatch& rows, const Checkpoint& after, WriteSlice write_slice) {
    if (const auto begun = connection_->run("BEGIN; SET CONSTRAINTS ALL IMMEDIATE"); !begun)
      return tl::make_unexpected(begun.error());
    if (backfill_) return (this->*write_slice)(rows, slice_from(rows, Offset{0}));
    for (const auto& [partition, next] : after.next) {
      const auto stored = positions_->lock(partition, owner_);
      if (!stored) return tl::make_unexpected(stored.error());
      const auto identity = after.identity.find(partition.topic);
      StoredPosition moved{std::max(next, stored->next), stored->identity, owner_};
      if (identity != after.identity.end()) moved.identity = identity->second;
      if (const Step ours = is_ours(partition, *stored, moved); !ours) return ours;
      if (partition == rows.rows.extent().partition)
        if (const Step written = write_behind(rows, stored->next, write_slice); !written) return written;
      if (const Step done = positions_->move(partition, *stored, moved); !done) return done;
    }
    return {};
  }

  Step is_ours(const Partition& partition, const StoredPosition& stored, const StoredPosition& moved) const {
    if (!shares_partitions_ && owned_.contains(partition) && stored.owner != owner_)
      return broken(
          fmt::format("another writer, {}, took over the position of {}/{}; two runs must not write the "
                      "same source into one schema",
                      stored.owner, partition.topic, partition.number));
    // A file's identity grows with it, and its source compares it; a topic's is what it is.
    if (shares_partitions_ && stored.identity && stored.identity != moved.identity)
      return broken(
          fmt::format("the topic {0} was made anew, and its offsets are those of other rows in the store; "
                      "use another schema, or "
                      "delete the old topic's rows from churn_events, churn_positions, churn_refused and, "
                      "where it is there, churn_outcomes",
                      partition.topic));
    return {};
  }

  // Rows before the position are there, or were refused then and are again.
  Step write_behind(const ScoredBatch& rows, Offset has, WriteSlice write_slice) {
    const Extent& extent = rows.rows.extent();
    if (!extent.offsets.empty() && extent.offsets.front() < has) {
      auto refused = positions_->refused(extent.partition, extent.offsets.front(), has);
      if (!refused) return tl::make_unexpected(refused.error());
      for (RefusedRow& row : *refused) add_refused_again(rows, std::move(row));
    }
    const std::size_t refused_before = refused_.size();
    if (const Step done = (this->*write_slice)(rows, slice_from(rows, has)); !done) return done;
    return positions_->remember_refused(
        {refused_.begin() + static_cast<std::ptrdiff_t>(refused_before), refused_.end()});
  }

  Step write_at_once(const ScoredBatch& rows, const BatchSlice& slice) {
    if (const Step done = rows_->forget(*connection_, rows, slice); !done) return not_a_row(done.error());
    return rows_->insert(*connection_, rows, slice);
  }

  // Looks for the rows the store refuses: a stretch that fails is taken back and written in halves.
  Step write_in_halves(const ScoredBatch& rows, const BatchSlice& slice) {
    if (const Step saved = run("SAVEPOINT stretch"); !saved) return saved;
    const Step done = write_at_once(rows, slice);
    if (done) return run("RELEASE SAVEPOINT stretch");
    if (done.error().trouble != Trouble::row) return done;
    if (const Step back = run("ROLLBACK TO SAVEPOINT stretch; RELEASE SAVEPOINT stretch"); !back) return back;
    if (slice.num_rows() == 1) {
      refuse(rows, slice.row, done.error().message);
      if (const Step gone = rows_->forget(*connection_, rows, slice); !gone) return not_a_row(gone.error());
      return {};
    }
    const auto [left, right] = halves(rows, slice);
    if (const Step first = write_in_halves(rows, left); !first) return first;
    return write_in_halves(rows, right);
  }

  // A tombstone has no row to refuse.
  static Step not_a_row(PostgresError error) {
    if (error.trouble == Trouble::row) error.trouble = Trouble::broken;
    return tl::make_unexpected(std::move(error));
  }

  Step run(const char* sql) {
    const auto done = connection_->run(sql);
    if (!done) return tl::make_unexpected(done.error());
    return {};
  }

  void refuse(const ScoredBatch& rows, std::size_t row, const std::string& reason) {
    refused_.push_back(refused_row(rows, row, "the store refused the row: " + reason));
  }

  void add_refused_again(const ScoredBatch& rows, RefusedRow refused) {
    if (const std::optional<std::size_t> row = row_at(rows, refused.offset))
      refused_.push_back(refused_row(rows, *row, std::move(refused.reason)));
  }

  const PostgresSettings settings_;
  const std::optional<RowsThere> backfill_;
  bool shares_partitions_ = false;
  std::unique_ptr<ScoredRecord> record_;
  std::unique_ptr<PostgresRowWriter> rows_;
  std::unique_ptr<PostgresConnection> connection_;
  std::optional<PostgresPositions> positions_;  // goes before the connection
  std::chrono::steady_clock::time_point upkeep_due_;
  std::string owner_;
  std::set<Partition> owned_;  // whose position we have moved since open()
  std::vector<RefusedRow> refused_;
};

}  // namespace

Result<std::unique_ptr<Sink>> make_postgres_sink(const Config& config) {
  CHURNSTREAM_TRY_ASSIGN(PostgresSettings settings, postgres_settings_of(config));
  return make_postgres_sink(std::move(settings));
}

std::unique_ptr<Sink> make_postgres_sink(PostgresSettings settings) {
  return std::make_unique<PostgresSink>(std::move(settings));
}

std::unique_ptr<Sink> make_postgres_backfill(PostgresSettings settings, RowsThere there) {
  return std::make_unique<PostgresSink>(std::move(settings), there);
}

}  // namespace churnstream
