#include "sink/postgres_positions.h"

#include <fmt/format.h>

#include "sink/postgres_catalog.h"

namespace churnstream {
namespace {

// The statements' names on the server.
constexpr const char* kBegin = "begin_position";
constexpr const char* kLock = "lock_position";
constexpr const char* kMove = "move_position";
constexpr const char* kRefused = "refused_rows";
constexpr const char* kRefuse = "refuse_row";

// Texts as parameters, each NULL or not.
class Texts {
 public:
  explicit Texts(std::vector<std::optional<std::string>> texts) : texts_(std::move(texts)) {
    for (const auto& text : texts_) parameters_.push_back({text ? &*text : nullptr, false});
  }
  std::span<const PostgresParameter> parameters() const { return parameters_; }

 private:
  const std::vector<std::optional<std::string>> texts_;
  std::vector<PostgresParameter> parameters_;
};

std::string text_of(Offset offset) { return std::to_string(number_of(offset)); }

PostgresError taken_over(const Partition& partition) {
  return {PostgresTrouble::broken,
          fmt::format("another writer took over the position of {}/{}", partition.topic, partition.number)};
}

}  // namespace

PostgresResult<PostgresPositions> PostgresPositions::make(PostgresConnection& connection,
                                                          const PostgresSettings& settings) {
  const std::string positions = postgres_table(settings, "churn_positions");
  const std::string refused = postgres_table(settings, "churn_refused");
  const std::vector<std::pair<const char*, std::string>> statements{
      {kBegin, fmt::format("INSERT INTO {} (topic, partition, next, owner) VALUES ($1, $2, 0, $3)"
                           " ON CONFLICT DO NOTHING",
                           positions)},
      {kLock,
       fmt::format("SELECT next, identity, owner FROM {} WHERE topic = $1 AND partition = $2 FOR UPDATE",
                   positions)},
      {kMove, fmt::format("UPDATE {} SET next = $5, identity = $6, owner = $7"
                          " WHERE topic = $1 AND partition = $2 AND next = $3 AND owner = $4",
                          positions)},
      {kRefused, fmt::format("SELECT \"offset\", reason FROM {} WHERE topic = $1 AND partition = $2"
                             " AND \"offset\" >= $3 AND \"offset\" < $4 ORDER BY \"offset\"",
                             refused)},
      {kRefuse, fmt::format("INSERT INTO {} VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", refused)}};
  for (const auto& [name, sql] : statements)
    if (const auto prepared = connection.prepare(name, sql, {}); !prepared)
      return tl::make_unexpected(prepared.error());
  return PostgresPositions(connection, positions);
}

PostgresResult<Checkpoint> PostgresPositions::all() {
  const auto rows = connection_->run("SELECT topic, partition, next, identity FROM " + positions_);
  if (!rows) return tl::make_unexpected(rows.error());
  Checkpoint checkpoint;
  for (int row = 0; row < rows->size(); ++row) {
    const Partition partition{std::string(rows->text(row, 0)),
                              static_cast<std::int32_t>(rows->integer(row, 1))};
    checkpoint.next[partition] = Offset{rows->integer(row, 2)};
    if (!rows->is_null(row, 3)) checkpoint.identity[partition.topic] = rows->text(row, 3);
  }
  return checkpoint;
}

PostgresResult<StoredPosition> PostgresPositions::lock(const Partition& partition, const std::string& owner) {
  const Texts key({partition.topic, std::to_string(partition.number)});
  for (bool is_new = false;; is_new = true) {
    const auto rows = connection_->run_prepared(kLock, key.parameters());
    if (!rows) return tl::make_unexpected(rows.error());
    if (rows->size() == 1) {
      StoredPosition position{Offset{rows->integer(0, 0)}, std::nullopt, std::string(rows->text(0, 2))};
      if (!rows->is_null(0, 1)) position.identity = rows->text(0, 1);
      return position;
    }
    if (is_new) return tl::make_unexpected(taken_over(partition));
    const Texts first({partition.topic, std::to_string(partition.number), owner});
    const auto begun = connection_->run_prepared(kBegin, first.parameters());
    if (!begun) return tl::make_unexpected(begun.error());
  }
}

PostgresResult<void> PostgresPositions::move(const Partition& partition, const StoredPosition& from,
                                             const StoredPosition& to) {
  const Texts values({partition.topic, std::to_string(partition.number), text_of(from.next), from.owner,
                      text_of(to.next), to.identity, to.owner});
  const auto moved = connection_->run_prepared(kMove, values.parameters());
  if (!moved) return tl::make_unexpected(moved.error());
  if (moved->rows_changed() != 1) return tl::make_unexpected(taken_over(partition));
  return {};
}

PostgresResult<std::vector<RefusedRow>> PostgresPositions::refused(const Partition& partition, Offset begin,
                                                                   Offset end) {
  const Texts range({partition.topic, std::to_string(partition.number), text_of(begin), text_of(end)});
  const auto rows = connection_->run_prepared(kRefused, range.parameters());
  if (!rows) return tl::make_unexpected(rows.error());
  std::vector<RefusedRow> refused(static_cast<std::size_t>(rows->size()));
  for (int row = 0; row < rows->size(); ++row) {
    RefusedRow& one = refused[static_cast<std::size_t>(row)];
    one.partition = partition;
    one.offset = Offset{rows->integer(row, 0)};
    one.reason = rows->text(row, 1);
  }
  return refused;
}

PostgresResult<void> PostgresPositions::remember_refused(const std::vector<RefusedRow>& rows) {
  for (const RefusedRow& row : rows) {
    const Texts values(
        {row.partition.topic, std::to_string(row.partition.number), text_of(row.offset), row.reason});
    if (const auto done = connection_->run_prepared(kRefuse, values.parameters()); !done)
      return tl::make_unexpected(done.error());
  }
  return {};
}

}  // namespace churnstream
