#include "sink/sqlite_sink.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>

#include "base/log.h"
#include "sink/row_at.h"
#include "sink/scored_record.h"
#include "sink/sqlite_database.h"
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
  SqliteSink(Path path, Retention retention, std::optional<RowsThere> backfill)
      : path_(std::move(path)), retention_(std::move(retention)), backfill_(backfill) {}
  ~SqliteSink() override { close(); }

  Result<std::optional<Checkpoint>> open(const Assignment& assignment) override {
    close();
    CHURNSTREAM_TRY_ASSIGN(ScoredRecord record, ScoredRecord::make(*assignment.columns, *assignment.terms));
    record_ = std::make_unique<ScoredRecord>(std::move(record));
    shares_partitions_ = assignment.shares_partitions;
    if (!backfill_) CHURNSTREAM_TRY(lock_.take(path_));
    CHURNSTREAM_TRY_ASSIGN(database_, SqliteDatabase::open(path_, SqliteDatabase::Mode::write));
    if (const Step set = database_->run(kSettings); !set) return opening_failed(set.error());
    CHURNSTREAM_TRY(make_or_check_sqlite_tables(*database_, *record_, path_));
    CHURNSTREAM_TRY(prepare());
    if (backfill_) return std::nullopt;
    upkeep_due_ = {};
    keep_up();
    return take_over(assignment.owner);
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
    statements_.clear();
    database_.reset();
    lock_.release();
  }

 private:
  enum Statement {
    upsert_score,
    insert_event,
    forget_score,
    read_position,
    move_position,
    add_position,
    read_refused,
    add_refused
  };

  tl::unexpected<Error> opening_failed(const SqliteError& error) const {
    if (error.trouble == SqliteTrouble::passing)
      return failed("opening the store", path_.string(), error.message);
    return wrong("opening the store", path_.string(), error.message, "is it a SQLite database?");
  }

  static WriteOutcome outcome_of(const SqliteError& error) {
    if (error.trouble == SqliteTrouble::passing) return TryAgain{.reason = error.message};
    return Broken{Error{error.message}};
  }

  // What is too old goes. Where that fails rows are stored all the same, and it is tried again.
  void keep_up() {
    const auto now = std::chrono::steady_clock::now();
    if (retention_.empty() || now < upkeep_due_) return;
    const auto removed = remove_old_sqlite_rows(*database_, retention_, system_clock().now_us());
    upkeep_due_ = now + kRetentionEvery;
    if (removed && !*removed) upkeep_due_ = now + kRetentionGoesOn;
    if (!removed)
      log_warn(fmt::format("taking old rows out of {}: {}", path_.string(), removed.error().message));
  }

  // In the order of the enumerators.
  Result<void> prepare() {
    for (const std::string& sql :
         {sqlite_upsert_score(*record_, backfill_), sqlite_insert_event(*record_, backfill_),
          sqlite_forget_score(),
          std::string("SELECT next, owner, identity FROM churn_positions WHERE topic = ? AND partition = ?"),
          std::string(
              "UPDATE churn_positions SET next = ?, identity = ? WHERE topic = ? AND partition = ? AND"
              " next = ? AND owner = ?"),
          std::string("INSERT INTO churn_positions (next, identity, topic, partition, owner)"
                      " VALUES (?, ?, ?, ?, ?)"),
          std::string("SELECT \"offset\", reason FROM churn_refused WHERE topic = ? AND partition = ?"
                      " AND \"offset\" >= ? AND \"offset\" < ?"),
          std::string("INSERT INTO churn_refused VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING")}) {
      auto statement = database_->prepare(sql);
      if (!statement) return opening_failed(statement.error());
      statements_.push_back(*std::move(statement));
    }
    return {};
  }

  // From now on the positions move only for us; an owner before us finds its name gone and stops.
  Result<std::optional<Checkpoint>> take_over(const std::string& owner) {
    owner_ = fmt::format("{}/{}", owner, ::getpid());
    auto take = database_->prepare("UPDATE churn_positions SET owner = ?");
    if (!take) return opening_failed(take.error());
    take->bind(1, std::string_view(owner_));
    if (const Step taken = take->run(); !taken) return opening_failed(taken.error());

    auto question = database_->prepare("SELECT topic, partition, next, identity FROM churn_positions");
    if (!question) return opening_failed(question.error());
    Checkpoint checkpoint;
    for (;;) {
      const auto more = question->step();
      if (!more) return opening_failed(more.error());
      if (!*more) return checkpoint;
      const Partition partition{std::string(question->text(0)),
                                static_cast<std::int32_t>(question->integer(1))};
      checkpoint.next[partition] = Offset{question->integer(2)};
      if (!question->is_null(3)) checkpoint.identity[partition.topic] = question->text(3);
    }
  }

  Step write_transaction(const ScoredBatch& rows, const Checkpoint& after) {
    if (backfill_) return write_rows(rows, Offset{0});
    for (const auto& [partition, next] : after.next) {
      auto position = stored_position(partition, after);
      if (!position) return tl::make_unexpected(position.error());
      if (partition == rows.rows.extent().partition) {
        const Offset has = position->value_or(Offset{0});
        if (const Step known = refuse_again(rows, has); !known) return known;
        if (const Step written = write_rows(rows, has); !written) return written;
      }
      if (const Step moved = store_position(partition, *position, next, after); !moved) return moved;
    }
    return remember_refused();
  }

  // Rows before the position that were refused when they first came: nobody may have kept them since.
  Step refuse_again(const ScoredBatch& rows, Offset has) {
    const Extent& extent = rows.rows.extent();
    if (extent.offsets.empty() || extent.offsets.front() >= has) return {};
    SqliteStatement& question = statements_[read_refused];
    question.bind(1, std::string_view(extent.partition.topic));
    question.bind(2, std::int64_t{extent.partition.number});
    question.bind(3, number_of(extent.offsets.front()));
    question.bind(4, number_of(has));
    for (;;) {
      const auto more = question.step();
      if (!more) return tl::make_unexpected(more.error());
      if (!*more) return {};
      const Offset offset{question.integer(0)};
      const std::optional<std::size_t> row = row_at(rows, offset);
      if (row && !is_refused(offset)) refuse(rows, *row, std::string(question.text(1)));
    }
  }

  Step remember_refused() {
    for (const RefusedRow& row : refused_) {
      SqliteStatement& statement = statements_[add_refused];
      statement.bind(1, std::string_view(row.partition.topic));
      statement.bind(2, std::int64_t{row.partition.number});
      statement.bind(3, number_of(row.offset));
      statement.bind(4, std::string_view(row.reason));
      if (const Step done = statement.run(); !done) return done;
    }
    return {};
  }

  // What the store has of this partition. An error when it is not ours any more.
  tl::expected<std::optional<Offset>, SqliteError> stored_position(const Partition& partition,
                                                                   const Checkpoint& after) {
    SqliteStatement& question = statements_[read_position];
    question.bind(1, std::string_view(partition.topic));
    question.bind(2, std::int64_t{partition.number});
    const auto there = question.step();
    if (!there) return tl::make_unexpected(there.error());
    if (!*there) return std::nullopt;
    const Offset next{question.integer(0)};
    const bool is_ours = question.text(1) == owner_;
    const auto identity = after.identity.find(partition.topic);
    // A file's identity grows with it, and its source compares it; a topic's is what it is.
    const bool is_other = shares_partitions_ && !question.is_null(2) && identity != after.identity.end() &&
                          question.text(2) != identity->second;
    question.reset();
    if (!is_ours) return tl::make_unexpected(taken_over(partition));
    if (is_other) return tl::make_unexpected(made_anew(partition));
    return next;
  }

  Step store_position(const Partition& partition, std::optional<Offset> before, Offset next,
                      const Checkpoint& after) {
    SqliteStatement& statement = statements_[before ? move_position : add_position];
    statement.bind(1, number_of(std::max(next, before.value_or(next))));
    const auto identity = after.identity.find(partition.topic);
    if (identity == after.identity.end())
      statement.bind(2, std::monostate());
    else
      statement.bind(2, std::string_view(identity->second));
    statement.bind(3, std::string_view(partition.topic));
    statement.bind(4, std::int64_t{partition.number});
    if (before) statement.bind(5, number_of(*before));
    statement.bind(before ? 6 : 5, std::string_view(owner_));
    if (const Step done = statement.run(); !done) return done;
    if (database_->rows_changed() != 1) return tl::make_unexpected(taken_over(partition));
    return {};
  }

  SqliteError taken_over(const Partition& partition) const {
    return {SqliteTrouble::broken, fmt::format("another writer took over the positions of {}/{} in {}",
                                               partition.topic, partition.number, path_.string())};
  }

  static SqliteError made_anew(const Partition& partition) {
    return {
        SqliteTrouble::broken,
        fmt::format("the topic {} was made anew, and its offsets are those of other rows in the store; use "
                    "another file, or delete the old topic's rows from churn_events, churn_positions and "
                    "churn_refused",
                    partition.topic)};
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
          done = statements_[insert_event].run();
          if (done) done = statements_[upsert_score].run();
          if (!done && done.error().trouble == SqliteTrouble::row)
            refuse(rows, row, "the store refused the row: " + done.error().message);
          return done.has_value();
        },
        [&](std::size_t index) {
          if (rows.tombstones[index].offset >= has) done = forget(rows, rows.tombstones[index]);
          return done.has_value();
        });
    return done;
  }

  Step forget(const ScoredBatch& rows, const Tombstone& tombstone) {
    SqliteStatement& statement = statements_[forget_score];
    const Partition& partition = rows.rows.extent().partition;
    statement.bind(1, std::string_view(tombstone.key));
    statement.bind(2, std::int64_t{tombstone.time_us});
    statement.bind(3, std::string_view(partition.topic));
    statement.bind(4, std::int64_t{partition.number});
    statement.bind(5, number_of(tombstone.offset));
    return statement.run();
  }

  void bind_row(const ScoredBatch& rows, std::size_t row) {
    for (std::size_t column = 0; column < record_->columns().size(); ++column) {
      const RecordCell cell = record_->cell(rows, row, column);
      std::visit(BindCell{statements_[insert_event], static_cast<int>(column + 1)}, cell);
      std::visit(BindCell{statements_[upsert_score], static_cast<int>(column + 1)}, cell);
    }
  }

  bool is_refused(Offset offset) const {
    return std::any_of(refused_.begin(), refused_.end(),
                       [&](const RefusedRow& row) { return row.offset == offset; });
  }

  void refuse(const ScoredBatch& rows, std::size_t row, std::string reason) {
    refused_.push_back(refused_row(rows, row, std::move(reason)));
  }

  const Path path_;
  const Retention retention_;
  const std::optional<RowsThere> backfill_;
  std::chrono::steady_clock::time_point upkeep_due_;
  ProcessLock lock_;
  std::unique_ptr<ScoredRecord> record_;
  std::unique_ptr<SqliteDatabase> database_;
  std::vector<SqliteStatement> statements_;  // go before the database
  std::string owner_;
  bool shares_partitions_ = false;
  std::vector<RefusedRow> refused_;
};

}  // namespace

Options sqlite_options() {
  Options options("sink.sqlite", "Scores into a SQLite file: exactly once.");
  options.path("path", "The database file; made where it is missing. PATH.lock stands beside it.").required();
  declare_retention(options, "{ churn_events = \"90d\", churn_scores = \"365d\" }");
  return options;
}

Result<std::unique_ptr<Sink>> make_sqlite_sink(const Config& config) {
  CHURNSTREAM_TRY_ASSIGN(Retention retention, retention_of(config, {"churn_scores", "churn_events"}));
  return make_sqlite_sink(config.path("path"), std::move(retention));
}

std::unique_ptr<Sink> make_sqlite_sink(Path path, Retention retention) {
  return std::make_unique<SqliteSink>(std::move(path), std::move(retention), std::nullopt);
}

std::unique_ptr<Sink> make_sqlite_backfill(Path path, RowsThere there) {
  return std::make_unique<SqliteSink>(std::move(path), Retention(), there);
}

}  // namespace churnstream
