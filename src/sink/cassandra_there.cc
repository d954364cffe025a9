#include "sink/cassandra_there.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "base/sql_text.h"
#include "sink/cassandra_rows.h"
#include "sink/cassandra_schema.h"

namespace churnstream {
namespace {

constexpr std::size_t kCustomersAtATime = 20;  // what hosted clusters allow in one question
constexpr std::size_t kKeyBytesMax = 65'535;   // the server's own limit

using Customers = std::vector<std::string_view>;

class Look {
 public:
  Look(CassandraSession& session, const CassandraSettings& settings, const ScoredRecord& record,
       const ScoredBatch& batch)
      : session_(session), settings_(settings), record_(record), batch_(batch) {
    const Extent& extent = batch.rows.extent();
    for (std::size_t row = 0; row < batch.num_rows(); ++row) row_at_[number_of(extent.offsets[row])] = row;
  }

  CassandraResult<CassandraThere> all() {
    CassandraThere there{CassandraTimes(batch_.num_rows()), CassandraTimes(batch_.num_rows())};
    if (settings_.has_events) {
      const auto looked = events(there.events);
      if (!looked) return tl::make_unexpected(looked.error());
    }
    if (settings_.has_scores) {
      std::set<std::string_view> customers;
      for (std::size_t row = 0; row < batch_.num_rows(); ++row) customers.insert(batch_.key(row));
      const std::set<std::string_view> keys{"customer_id"};
      const auto looked = look("churn_scores", keys, customers, "", there.scores);
      if (!looked) return tl::make_unexpected(looked.error());
    }
    return there;
  }

 private:
  // Month by month, and in each between the first and the last time of the batch.
  CassandraResult<void> events(CassandraTimes& there) {
    struct Stretch {
      std::set<std::string_view> customers;
      std::int64_t first_ms, last_ms;
    };
    std::map<std::int32_t, Stretch> months;
    const Extent& extent = batch_.rows.extent();
    for (std::size_t row = 0; row < batch_.num_rows(); ++row) {
      const std::int64_t ms = cassandra_millis(extent.event_times_us[row]);
      Stretch& stretch =
          months.emplace(cassandra_month(extent.event_times_us[row]), Stretch{{}, ms, ms}).first->second;
      stretch.customers.insert(batch_.key(row));
      stretch.first_ms = std::min(stretch.first_ms, ms);
      stretch.last_ms = std::max(stretch.last_ms, ms);
    }
    const std::set<std::string_view> keys{"customer_id", "event_time", "source_topic", "source_partition",
                                          "source_offset"};
    for (const auto& [month, stretch] : months) {
      const auto looked = look("churn_events", keys, stretch.customers,
                               fmt::format(" AND {} = {} AND event_time >= {} AND event_time <= {}",
                                           kCassandraMonth, month, stretch.first_ms, stretch.last_ms),
                               there);
      if (!looked) return looked;
    }
    return {};
  }

  CassandraResult<void> look(const char* table, const std::set<std::string_view>& keys,
                             const std::set<std::string_view>& customers, const std::string& more,
                             CassandraTimes& there) {
    std::string question = "SELECT customer_id, source_topic, source_partition, source_offset";
    for (const RecordColumn& column : record_.columns())
      if (!keys.contains(column.name)) question += fmt::format(", writetime({})", sql_name(column.name));
    question += fmt::format(" FROM {} WHERE customer_id IN ", cassandra_table(settings_, table));
    Customers some;
    for (const std::string_view customer : customers) {
      if (customer.size() <= kKeyBytesMax) some.push_back(customer);
      if (some.size() < kCustomersAtATime && customer != *customers.rbegin()) continue;
      const auto asked = ask(question, some, more, there);
      if (!asked) return asked;
      some.clear();
    }
    return {};
  }

  // One of whom the server will not say anything keeps nobody else from being asked for.
  CassandraResult<void> ask(const std::string& question, const Customers& customers, const std::string& more,
                            CassandraTimes& there) {
    if (customers.empty()) return {};
    std::string list;
    for (const std::string_view customer : customers) list += (list.empty() ? "" : ", ") + sql_text(customer);
    const auto rows = session_.ask(fmt::format("{}({}){}", question, list, more));
    if (!rows && rows.error().trouble() != CassandraTrouble::row) return tl::make_unexpected(rows.error());
    if (!rows && customers.size() > 1)
      for (const std::string_view customer : customers) {
        const auto asked = ask(question, {customer}, more, there);
        if (!asked) return asked;
      }
    if (rows)
      for (const auto& row : *rows) note(row, there);
    return {};
  }

  void note(const std::vector<CassandraCell>& cells, CassandraTimes& there) const {
    const Extent& extent = batch_.rows.extent();
    const auto row = row_at_.find(cells[3].integer());
    const bool is_same = row != row_at_.end() && cells[0].text() == batch_.key(row->second) &&
                         cells[1].text() == extent.partition.topic &&
                         cells[2].integer() == extent.partition.number;
    if (!is_same) return;
    std::optional<std::int64_t>& newest = there[row->second];
    for (std::size_t i = 4; i < cells.size(); ++i)
      if (!cells[i].is_null()) newest = std::max(newest.value_or(cells[i].integer()), cells[i].integer());
  }

  CassandraSession& session_;
  const CassandraSettings& settings_;
  const ScoredRecord& record_;
  const ScoredBatch& batch_;
  std::unordered_map<std::int64_t, std::size_t> row_at_;  // by offset
};

}  // namespace

CassandraResult<CassandraThere> look_for_past_rows(CassandraSession& session,
                                                   const CassandraSettings& settings,
                                                   const ScoredRecord& record, const ScoredBatch& batch) {
  return Look(session, settings, record, batch).all();
}

}  // namespace churnstream
