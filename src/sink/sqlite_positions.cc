#include "sink/sqlite_positions.h"

#include <fmt/format.h>

#include <algorithm>

namespace churnstream {

tl::expected<SqlitePositions, SqliteError> SqlitePositions::make(SqliteDatabase& database, std::string owner,
                                                                 bool shares_partitions, std::string place) {
  SqlitePositions positions(database, std::move(owner), shares_partitions, std::move(place));
  // In the order of the enumerators.
  for (const char* sql :
       {"UPDATE churn_positions SET owner = ?",
        "SELECT topic, partition, next, identity FROM churn_positions",
        "SELECT next, owner, identity FROM churn_positions WHERE topic = ? AND partition = ?",
        "UPDATE churn_positions SET next = ?, identity = ? WHERE topic = ? AND partition = ? AND next = ? AND"
        " owner = ?",
        "INSERT INTO churn_positions (next, identity, topic, partition, owner) VALUES (?, ?, ?, ?, ?)",
        "SELECT \"offset\", reason FROM churn_refused WHERE topic = ? AND partition = ? AND \"offset\" >= ? "
        "AND"
        " \"offset\" < ?",
        "INSERT INTO churn_refused VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"}) {
    auto statement = database.prepare(sql);
    if (!statement) return tl::make_unexpected(statement.error());
    positions.statements_.push_back(*std::move(statement));
  }
  return positions;
}

tl::expected<Checkpoint, SqliteError> SqlitePositions::take_over() {
  statements_[take].bind(1, std::string_view(owner_));
  if (const auto taken = statements_[take].run(); !taken) return tl::make_unexpected(taken.error());
  SqliteStatement& question = statements_[read_all];
  Checkpoint checkpoint;
  for (;;) {
    const auto more = question.step();
    if (!more) return tl::make_unexpected(more.error());
    if (!*more) return checkpoint;
    const Partition partition{std::string(question.text(0)), static_cast<std::int32_t>(question.integer(1))};
    checkpoint.next[partition] = Offset{question.integer(2)};
    if (!question.is_null(3)) checkpoint.identity[partition.topic] = question.text(3);
  }
}

tl::expected<std::optional<Offset>, SqliteError> SqlitePositions::stored(const Partition& partition,
                                                                         const Checkpoint& after) {
  SqliteStatement& question = statements_[read];
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

tl::expected<void, SqliteError> SqlitePositions::move(const Partition& partition, std::optional<Offset> from,
                                                      Offset next, const Checkpoint& after) {
  SqliteStatement& statement = statements_[from ? update : insert];
  statement.bind(1, number_of(std::max(next, from.value_or(next))));
  const auto identity = after.identity.find(partition.topic);
  if (identity == after.identity.end())
    statement.bind(2, std::monostate());
  else
    statement.bind(2, std::string_view(identity->second));
  statement.bind(3, std::string_view(partition.topic));
  statement.bind(4, std::int64_t{partition.number});
  if (from) statement.bind(5, number_of(*from));
  statement.bind(from ? 6 : 5, std::string_view(owner_));
  if (const auto done = statement.run(); !done) return done;
  if (database_->rows_changed() != 1) return tl::make_unexpected(taken_over(partition));
  return {};
}

tl::expected<std::vector<RefusedRow>, SqliteError> SqlitePositions::refused(const Partition& partition,
                                                                            Offset begin, Offset end) {
  SqliteStatement& question = statements_[read_refused];
  question.bind(1, std::string_view(partition.topic));
  question.bind(2, std::int64_t{partition.number});
  question.bind(3, number_of(begin));
  question.bind(4, number_of(end));
  std::vector<RefusedRow> rows;
  for (;;) {
    const auto more = question.step();
    if (!more) return tl::make_unexpected(more.error());
    if (!*more) return rows;
    RefusedRow& row = rows.emplace_back();
    row.partition = partition;
    row.offset = Offset{question.integer(0)};
    row.reason = question.text(1);
  }
}

tl::expected<void, SqliteError> SqlitePositions::remember_refused(const std::vector<RefusedRow>& rows) {
  SqliteStatement& statement = statements_[insert_refused];
  for (const RefusedRow& row : rows) {
    statement.bind(1, std::string_view(row.partition.topic));
    statement.bind(2, std::int64_t{row.partition.number});
    statement.bind(3, number_of(row.offset));
    statement.bind(4, std::string_view(row.reason));
    if (const auto done = statement.run(); !done) return done;
  }
  return {};
}

SqliteError SqlitePositions::taken_over(const Partition& partition) const {
  return {SqliteTrouble::broken, fmt::format("another writer took over the positions of {}/{} in {}",
                                             partition.topic, partition.number, place_)};
}

SqliteError SqlitePositions::made_anew(const Partition& partition) {
  return {SqliteTrouble::broken,
          fmt::format("the topic {} was made anew, and its offsets are those of other rows in the store; use "
                      "another file, or delete the old topic's rows from churn_events, churn_positions, "
                      "churn_refused and, where it is there, churn_outcomes",
                      partition.topic)};
}

}  // namespace churnstream
