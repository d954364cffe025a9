#include "sink/sqlite_sink.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>

#include "base/log.h"
#include "sink/outcome_record.h"
#include "sink/row_at.h"
#include "sink/scored_record.h"
#include "sink/sqlite_database.h"
#include "sink/sqlite_positions.h"
#include "sink/sqlite_retention.h"
#include "sink/sqlite_schema.h"

namespace churnstream {
namespace {

// FULL: a commit is on disk when it answers, so that the checkpoint may move. The WAL is folded back every
// 4,000 pages (16 MiB): rarer costs disk, more often costs a sync per few batches.
constexpr const char* kSettings =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;"
    "PRAGMA cache_size = -16000";

using Step = tl::expected<void, SqliteError>;

// Binds cell by cell; a time is its microseconds.
struct BindCell {
  SqliteStatement& statement;
  int index;
  template <typename Value>
  void operator()(const Value& value) const {
    statement.bind(index, value);
  }
  void operator()(RecordTime time) const { statement.bind(index, time.us); }
};

// Only one process may write a file; the lock is a file of its own, since closing any descriptor of the
// database would free SQLite's own locks.
class ProcessLock {
 public:
  ~ProcessLock() { release(); }
  Result<void> take(const Path& database) {
    release();
    Path path = database;
    path += ".lock";
    descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor_ < 0) return wrong("opening", path.string(), errno_text(), "does its folder exist?");
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return {};
    release();
    return wrong("opening the store", database.string(), "another process is writing it");
  }
  void release() noexcept {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }

 private:
  int descriptor_ = -1;
};

class SqliteSink : public Sink {
 public:
  explicit SqliteSink(SqliteSettings settings, std::optional<RowsThere> backfill = {})
      : settings_(std::move(settings)), backfill_(backfill) {}
  ~SqliteSink() override { close(); }

  Result<std::optional<Checkpoint>> open(const Assignment& assignment) override {
    close();
    CHURNSTREAM_TRY_ASSIGN(ScoredRecord record, ScoredRecord::make(*assignment.columns, *assignment.terms));
    record_ = std::make_unique<ScoredRecord>(std::move(record));
    if (!backfill_) CHURNSTREAM_TRY(lock_.take(settings_.path));
    CHURNSTREAM_TRY_ASSIGN(database_, SqliteDatabase::open(settings_.path, SqliteDatabase::Mode::write));
    if (const Step set = database_->run(kSettings); !set) return opening_failed(set.error());
    CHURNSTREAM_TRY(make_or_check_sqlite_tables(*database_, *record_, settings_));
    if (const Step prepared = prepare(assignment); !prepared) return opening_failed(prepared.error());
    if (backfill_) return std::nullopt;
    upkeep_due_ = {};
    keep_up();
    const auto taken = positions_->take_over();
    if (!taken) return opening_failed(taken.error());
    return *taken;
  }

  // TryAgain: the database is busy or the disk is full; the transaction was rolled back. Unknown: the commit
  // itself failed, so its rows may be there; the position stored with them tells next time. RefusedRows: rows
  // that break a constraint somebody added to the tables. Broken: another owner took the positions over.
  WriteOutcome write(const ScoredBatch& rows, const Checkpoint& after) override {
    keep_up();
    refused_.clear();
    for (;;) {
      const std::size_t refused_before = refused_.size();
      const Step begun = database_->run("BEGIN IMMEDIATE");
      if (!begun) return outcome_of(begun.error());
      const Step done = write_transaction(rows, after);
      if (!done) {
        (void)database_->run("ROLLBACK");
        // A refused row may have left half of itself behind: the same again without it.
        if (refused_.size() > refused_before) continue;
        return outcome_of(done.error());
      }
      if (const Step committed = database_->run("COMMIT"); !committed) {
        if (database_->in_transaction()) (void)database_->run("ROLLBACK");
        return Unknown{committed.error().message};
      }
      if (refused_.empty()) return Delivered{};
      return RefusedRows{refused_};
    }
  }

  void idle() override { keep_up(); }

  void close() noexcept override {
    insert_event_.reset();
    insert_outcome_.reset();
    upsert_score_.reset();
    forget_score_.reset();
    positions_.reset();
    database_.reset();
    lock_.release();
  }

 private:
  tl::unexpected<Error> opening_failed(const SqliteError& error) const {
    if (error.trouble == SqliteTrouble::passing)
      return failed("opening the store", settings_.path.string(), error.message);
    return wrong("opening the store", settings_.path.string(), error.message, "is it a SQLite database?");
  }

  static WriteOutcome outcome_of(const SqliteError& error) {
    if (error.trouble == SqliteTrouble::passing) return TryAgain{.reason = error.message};
    return Broken{Error{error.message}};
  }

  // What is too old goes. Where that fails rows are stored all the same, and it is tried again.
  void keep_up() {
    const auto now = std::chrono::steady_clock::now();
    if (settings_.retention.empty() || now < upkeep_due_) return;
    const auto removed = remove_old_sqlite_rows(*database_, settings_.retention, system_clock().now_us());
    upkeep_due_ = now + kRetentionEvery;
    if (removed && !*removed) upkeep_due_ = now + kRetentionGoesOn;
    if (!removed)
      log_warn(
          fmt::format("taking old rows out of {}: {}", settings_.path.string(), removed.error().message));
  }

  Step prepare(const Assignment& assignment) {
    const auto make = [&](std::optional<SqliteStatement>& statement, const std::string& sql) -> Step {
      auto prepared = database_->prepare(sql);
      if (!prepared) return tl::make_unexpected(prepared.error());
      statement.emplace(*std::move(prepared));
      return {};
    };
    Step done;
    if (settings_.tables.has_events) done = make(insert_event_, sqlite_insert_event(*record_, backfill_));
    if (done && settings_.tables.has_scores)
      done = make(upsert_score_, sqlite_upsert_score(*record_, backfill_));
    if (done && settings_.tables.has_scores) done = make(forget_score_, sqlite_forget_score());
    if (done && settings_.outcomes) done = make(insert_outcome_, sqlite_insert_outcome(backfill_));
    if (!done || backfill_) return done;
    auto positions = SqlitePositions::make(*database_, fmt::format("{}/{}", assignment.owner, ::getpid()),
                                           assignment.shares_partitions, settings_.path.string());
    if (!positions) return tl::make_unexpected(positions.error());
    positions_.emplace(*std::move(positions));
    return {};
  }

  Step write_transaction(const ScoredBatch& rows, const Checkpoint& after) {
    if (backfill_) return write_rows(rows, Offset{0});
    for (const auto& [partition, next] : after.next) {
      const auto position = positions_->stored(partition, after);
      if (!position) return tl::make_unexpected(position.error());
      if (partition == rows.rows.extent().partition) {
        const Offset has = position->value_or(Offset{0});
        if (const Step known = refuse_again(rows, has); !known) return known;
        if (const Step written = write_rows(rows, has); !written) return written;
      }
      if (const Step moved = positions_->move(partition, *position, next, after); !moved) return moved;
    }
    return positions_->remember_refused(refused_);
  }

  // Rows before the position that were refused when they first came: nobody may have kept them since.
  Step refuse_again(const ScoredBatch& rows, Offset has) {
    const Extent& extent = rows.rows.extent();
    if (extent.offsets.empty() || extent.offsets.front() >= has) return {};
    auto known = positions_->refused(extent.partition, extent.offsets.front(), has);
    if (!known) return tl::make_unexpected(known.error());
    for (RefusedRow& refused : *known)
      if (const auto row = row_at(rows, refused.offset); row && !is_refused(refused.offset))
        refuse(rows, *row, std::move(refused.reason));
    return {};
  }

  // Rows and tombstones in the order they came, up to the first that fails.
  Step write_rows(const ScoredBatch& rows, Offset has) {
    Step done;
    in_order(
        rows,
        [&](std::size_t row) {
          const Offset offset = rows.rows.extent().offsets[row];
          if (offset < has || is_refused(offset)) return true;
          bind_row(rows, row);
          if (insert_event_) done = insert_event_->run();
          if (done && upsert_score_) done = upsert_score_->run();
          if (done && insert_outcome_ && rows.has_left(row)) done = write_outcome(rows, row);
          if (!done && done.error().trouble == SqliteTrouble::row)
            refuse(rows, row, "the store refused the row: " + done.error().message);
          return done.has_value();
        },
        [&](std::size_t index) {
          if (forget_score_ && rows.tombstones[index].offset >= has)
            done = forget(rows, rows.tombstones[index]);
          return done.has_value();
        });
    return done;
  }

  Step forget(const ScoredBatch& rows, const Tombstone& tombstone) {
    SqliteStatement& statement = *forget_score_;
    const Partition& partition = rows.rows.extent().partition;
    statement.bind(1, std::string_view(tombstone.key));
    statement.bind(2, std::int64_t{tombstone.time_us});
    statement.bind(3, std::string_view(partition.topic));
    statement.bind(4, std::int64_t{partition.number});
    statement.bind(5, number_of(tombstone.offset));
    return statement.run();
  }

  Step write_outcome(const ScoredBatch& rows, std::size_t row) {
    for (std::size_t column = 0; column < outcome_columns().size(); ++column)
      std::visit(BindCell{*insert_outcome_, static_cast<int>(column + 1)}, outcome_cell(rows, row, column));
    return insert_outcome_->run();
  }

  void bind_row(const ScoredBatch& rows, std::size_t row) {
    for (std::size_t column = 0; column < record_->columns().size(); ++column) {
      const RecordCell cell = record_->cell(rows, row, column);
      for (std::optional<SqliteStatement>* statement : {&insert_event_, &upsert_score_})
        if (*statement) std::visit(BindCell{**statement, static_cast<int>(column + 1)}, cell);
    }
  }

  bool is_refused(Offset offset) const {
    return std::any_of(refused_.begin(), refused_.end(),
                       [&](const RefusedRow& row) { return row.offset == offset; });
  }

  void refuse(const ScoredBatch& rows, std::size_t row, std::string reason) {
    refused_.push_back(refused_row(rows, row, std::move(reason)));
  }

  const SqliteSettings settings_;
  const std::optional<RowsThere> backfill_;
  std::chrono::steady_clock::time_point upkeep_due_;
  ProcessLock lock_;
  std::unique_ptr<ScoredRecord> record_;
  std::unique_ptr<SqliteDatabase> database_;
  std::optional<SqliteStatement> insert_event_, insert_outcome_, upsert_score_,
      forget_score_;  // go before the database
  std::optional<SqlitePositions> positions_;
  std::vector<RefusedRow> refused_;
};

}  // namespace

Options sqlite_options() {
  Options options("sink.sqlite", "Scores into a SQLite file: exactly once.");
  options.path("path", "The database file; made where it is missing. PATH.lock stands beside it.").required();
  declare_tables(options);
  declare_customer_index(options);
  declare_retention(options, "{ churn_events = \"90d\", churn_scores = \"365d\" }");
  return options;
}

Result<SqliteSettings> sqlite_settings_of(const Config& config) {
  SqliteSettings settings{.path = config.path("path")};
  CHURNSTREAM_TRY_ASSIGN(settings.tables, chosen_tables(config));
  settings.outcomes = keeps_outcomes(config);
  CHURNSTREAM_TRY_ASSIGN(settings.retention, retention_of(config, with_outcomes_table(settings.tables.names(),
                                                                                      settings.outcomes)));
  settings.customer_index = has_customer_index(config);
  return settings;
}

Result<std::unique_ptr<Sink>> make_sqlite_sink(const Config& config) {
  CHURNSTREAM_TRY_ASSIGN(SqliteSettings settings, sqlite_settings_of(config));
  return make_sqlite_sink(std::move(settings));
}

std::unique_ptr<Sink> make_sqlite_sink(SqliteSettings settings) {
  return std::make_unique<SqliteSink>(std::move(settings));
}

std::unique_ptr<Sink> make_sqlite_backfill(SqliteSettings settings, RowsThere there) {
  return std::make_unique<SqliteSink>(std::move(settings), there);
}

}  // namespace churnstream
