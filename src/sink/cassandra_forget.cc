#include "sink/cassandra_forget.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "base/sql_text.h"
#include "sink/cassandra_rows.h"
#include "sink/cassandra_schema.h"
#include "sink/cassandra_writer.h"

namespace churnstream {
namespace {

constexpr std::chrono::seconds kPatience{10};  // nobody waits behind us, as rows behind a sink do
constexpr std::size_t kStretches = 16;
// 4,096 stretches at the most: where no node answers for so few keys, it is not that there are too many.
constexpr std::uint64_t kStretchLeast = std::uint64_t{1} << 52;

// A partition that holds rows of the customer.
struct Held {
  std::optional<std::int64_t> month;  // of churn_events
  std::uint64_t rows = 0;
  std::int64_t newest = std::numeric_limits<std::int64_t>::min();  // write time of any cell
};

struct HeldTable {
  std::string name;
  std::string write_times;  // max(writetime(...)) of each column, to be asked for
  std::vector<Held> partitions;
};

// Keys by their tokens.
struct Stretch {
  std::int64_t after, upto;  // without the first, with the last
  std::uint64_t size() const { return static_cast<std::uint64_t>(upto) - static_cast<std::uint64_t>(after); }
};

std::int64_t sum(std::int64_t token, std::uint64_t more) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(token) + more);
}

// No key has the least token.
std::vector<Stretch> whole_ring() {
  constexpr std::uint64_t kSize = std::numeric_limits<std::uint64_t>::max() / kStretches + 1;
  std::vector<Stretch> all;
  for (std::int64_t after = std::numeric_limits<std::int64_t>::min(); all.size() < kStretches;
       after = all.back().upto)
    all.push_back({after, sum(after, kSize)});
  all.back().upto = std::numeric_limits<std::int64_t>::max();
  return all;
}

class Forget {
 public:
  Forget(CassandraSession& session, const CassandraSettings& settings, const ErasureWishes& wishes)
      : session_(session), settings_(settings), wishes_(wishes) {}

  Result<Erasure> all() {
    std::vector<HeldTable> tables;
    for (const char* name : {"churn_scores", "churn_events"}) {
      HeldTable table{name, {}, {}};
      CHURNSTREAM_TRY_ASSIGN(table.write_times, write_times_of(name));
      if (table.write_times.empty()) continue;  // there is no such table
      CHURNSTREAM_TRY(look(table));
      tables.push_back(std::move(table));
    }
    Erasure erasure;
    for (const HeldTable& table : tables) {
      erasure.parts.push_back({table.name, 0});
      if (wishes_.is_dry_run)
        for (const Held& held : table.partitions) erasure.parts.back().rows += held.rows;
      else
        erase(table, erasure);
    }
    return erasure;
  }

 private:
  Result<CassandraRows> ask(const std::string& table, const std::string& cql) {
    auto rows = session_.ask(cql);
    if (!rows) return not_found_out(table, rows.error());
    return *std::move(rows);
  }

  static tl::unexpected<Error> not_found_out(const std::string& table, const CassandraFailure& failure) {
    const bool needs_somebody = failure.trouble() == CassandraTrouble::broken;
    return failed("looking for a customer in", table, failure.message,
                  needs_somebody ? "may this user read the tables?" : "forget the customer again");
  }

  // Of every column that has one write time for its value: somebody may have changed one by hand.
  Result<std::string> write_times_of(const std::string& table) {
    CHURNSTREAM_TRY_ASSIGN(
        const CassandraRows columns,
        ask(table,
            fmt::format("SELECT column_name, type, kind FROM system_schema.columns WHERE keyspace_name "
                        "= {} AND table_name = {}",
                        sql_text(settings_.keyspace), sql_text(table))));
    const auto is_ours = [](std::string_view type) {
      for (const RecordKind kind :
           {RecordKind::text, RecordKind::number, RecordKind::flag, RecordKind::integer, RecordKind::time})
        if (type == cassandra_type(kind)) return true;
      return false;
    };
    std::string list;
    for (const auto& column : columns)
      if (column[2].text() == "regular" && is_ours(column[1].text()))
        list += fmt::format(", max(writetime({}))", sql_name(column[0].text()));
    return list;
  }

  Result<void> look(HeldTable& table) {
    std::vector<std::optional<std::int64_t>> partitions{std::nullopt};
    if (table.name == "churn_events") {
      CHURNSTREAM_TRY_ASSIGN(partitions, months_of(table.name));
    }
    for (const std::optional<std::int64_t> month : partitions) {
      CHURNSTREAM_TRY_ASSIGN(Held held, look_into(table, month));
      if (held.rows > 0) table.partitions.push_back(held);
    }
    return {};
  }

  // The whole ring of keys in stretches; one that no node can read in time is read in halves. Needs: the
  // cluster's partitioner is Murmur3Partitioner, whose tokens are 64-bit numbers; others answer an error.
  Result<std::vector<std::optional<std::int64_t>>> months_of(const std::string& table) {
    std::vector<Stretch> todo = whole_ring();
    std::vector<std::optional<std::int64_t>> months;
    while (!todo.empty()) {
      const Stretch stretch = todo.back();
      todo.pop_back();
      const auto rows = session_.ask(fmt::format(
          "SELECT DISTINCT customer_id, {0} FROM {1} WHERE customer_id = {2} AND token(customer_id, {0}) > "
          "{3} AND token(customer_id, {0}) <= {4} ALLOW FILTERING",
          kCassandraMonth, cassandra_table(settings_, table), sql_text(wishes_.customer), stretch.after,
          stretch.upto));
      if (rows) {
        for (const auto& row : *rows) months.emplace_back(row[1].integer());
        continue;
      }
      if (rows.error().trouble() != CassandraTrouble::unknown || stretch.size() <= kStretchLeast)
        return not_found_out(table, rows.error());
      const std::int64_t middle = sum(stretch.after, stretch.size() / 2);
      todo.push_back({middle, stretch.upto});
      todo.push_back({stretch.after, middle});
    }
    return months;
  }

  Result<Held> look_into(const HeldTable& table, std::optional<std::int64_t> month) {
    CHURNSTREAM_TRY_ASSIGN(
        const CassandraRows rows,
        ask(table.name, fmt::format("SELECT count(*){} FROM {} WHERE customer_id = {}{}", table.write_times,
                                    cassandra_table(settings_, table.name), sql_text(wishes_.customer),
                                    month ? fmt::format(" AND {} = {}", kCassandraMonth, *month) : "")));
    Held held{month};
    held.rows = static_cast<std::uint64_t>(rows.front().front().integer());
    for (std::size_t i = 1; i < rows.front().size(); ++i)
      if (!rows.front()[i].is_null()) held.newest = std::max(held.newest, rows.front()[i].integer());
    return held;
  }

  void erase(const HeldTable& table, Erasure& erasure) {
    if (table.partitions.empty()) return;
    const bool by_month = table.partitions.front().month.has_value();
    const auto statement = session_.prepare(fmt::format(
        "DELETE FROM {} USING TIMESTAMP ? WHERE customer_id = ?{}", cassandra_table(settings_, table.name),
        by_month ? fmt::format(" AND {} = ?", kCassandraMonth) : ""));
    if (!statement) return is_left(table, statement.error().message, erasure);
    std::vector<ItemState> states(table.partitions.size(), ItemState::open);
    CassandraWriter writer(session_, settings_.concurrent_writes, kPatience);
    const auto stop = writer.write(
        *statement, states,
        [&](CassandraCells& cells, std::size_t item) {
          const Held& held = table.partitions[item];
          cells.bigint(held.newest);
          cells.text(wishes_.customer);
          if (held.month) cells.integer(static_cast<std::int32_t>(*held.month));
          cells.end_row();
        },
        [&](std::size_t, const std::string& reason) { is_left(table, reason, erasure); });
    if (stop) is_left(table, stop->reason, erasure);
    std::uint64_t still = 0;
    for (std::size_t item = 0; item < states.size(); ++item) {
      if (states[item] != ItemState::written) continue;
      erasure.parts.back().rows += table.partitions[item].rows;
      const auto again = look_into(table, table.partitions[item].month);
      if (!again) return is_left(table, again.error().message, erasure);
      still += again->rows;
    }
    if (still > 0)
      erasure.left.push_back(fmt::format(
          "{} rows of {} came while others were erased: forget the customer again", still, table.name));
  }

  static void is_left(const HeldTable& table, const std::string& why, Erasure& erasure) {
    erasure.left.push_back(fmt::format("rows of {}: {}; forget the customer again", table.name, why));
  }

  CassandraSession& session_;
  const CassandraSettings& settings_;
  const ErasureWishes& wishes_;
};

}  // namespace

Result<Erasure> forget_in_cassandra(const CassandraSettings& settings, const ErasureWishes& wishes,
                                    const OpenCassandra& open) {
  CHURNSTREAM_TRY_ASSIGN(const auto session, open(settings));
  return Forget(*session, settings, wishes).all();
}

}  // namespace churnstream
