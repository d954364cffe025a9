#include "sink/sql_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "base/numbers.h"
#include "base/sql_text.h"
#include "sink/scored_record.h"

namespace churnstream {
namespace {

constexpr const char* kAsking = "asking the store for customers";

enum class CellType { text, number, other };
using Columns = std::vector<std::pair<std::string, CellType>>;

CellType cell_type_of(std::string_view sql_type) {
  if (sql_type == "REAL" || sql_type == "double precision") return CellType::number;
  return sql_type == "TEXT" || sql_type == "text" ? CellType::text : CellType::other;
}

// None where the table is not there yet.
Result<Columns> columns_of(SqlReader& reader, const SqlPlace& place) {
  Columns columns;
  if (place.scores.empty()) return columns;
  CHURNSTREAM_TRY(
      reader.each(fmt::format(fmt::runtime(place.columns_of), sql_text(place.scores)),
                  [&](const SqlRow& row) { columns.emplace_back(row.text(0), cell_type_of(row.text(1))); }));
  return columns;
}

bool is_own(std::string_view name) {
  const auto& own = own_record_columns();
  return std::any_of(own.begin(), own.end(), [&](const RecordColumn& column) { return column.name == name; });
}

// A customer's column by its name.
Result<CellType> type_of(const Columns& columns, const std::string& name) {
  const auto place =
      std::find_if(columns.begin(), columns.end(), [&](const auto& one) { return one.first == name; });
  if (place == columns.end() || is_own(name) || place->second == CellType::other)
    return wrong(kAsking, name, "they have no such column");
  return place->second;
}

Result<std::string> number_condition(const std::string& column, std::string_view value) {
  const std::size_t dots = value.find("..");
  const auto from = parse_double(value.substr(0, dots));
  const auto to = dots == std::string_view::npos ? from : parse_double(value.substr(dots + 2));
  if (!from || !to)
    return wrong(kAsking, column, fmt::format("\"{}\" is neither a number nor a range as 12..24", value));
  if (dots == std::string_view::npos) return fmt::format("{} = {}", sql_name(column), shortest(*from));
  return fmt::format("({0} >= {1} AND {0} < {2})", sql_name(column), shortest(*from), shortest(*to));
}

Result<std::string> where_condition(const Columns& columns, const std::string& column,
                                    const std::string& value) {
  CHURNSTREAM_TRY_ASSIGN(const CellType type, type_of(columns, column));
  if (type == CellType::number) return number_condition(column, value);
  return fmt::format("{} = {}", sql_name(column), sql_text(value));
}

// " WHERE ..." of the table `scores`; empty for all customers.
Result<std::string> where(const Columns& columns, const CustomerFilter& filter) {
  std::vector<std::string> all;
  if (!filter.risk_band.empty()) all.push_back("risk_band = " + sql_text(filter.risk_band));
  if (filter.flagged) all.emplace_back(*filter.flagged ? "flagged" : "NOT flagged");
  if (!filter.id_prefix.empty())
    all.push_back(
        fmt::format("substr(lower(customer_id), 1, length({0})) = lower({0})", sql_text(filter.id_prefix)));
  std::map<std::string, std::string> any_of;  // by column
  for (const auto& [column, value] : filter.where) {
    CHURNSTREAM_TRY_ASSIGN(const std::string one, where_condition(columns, column, value));
    std::string& any = any_of[column];
    any += (any.empty() ? "" : " OR ") + one;
  }
  for (const auto& [column, any] : any_of) all.push_back("(" + any + ")");
  std::string text;
  for (const std::string& one : all) text += (text.empty() ? " WHERE " : " AND ") + one;
  return text;
}

const char* name_of(CustomerOrder order) {
  switch (order) {
    case CustomerOrder::expected_loss: return "expected_loss";
    case CustomerOrder::probability: return "probability";
    case CustomerOrder::event_time: return "event_time";
    case CustomerOrder::customer_id: break;
  }
  return "customer_id";
}

// That a customer comes behind the one in `last`, who has the place `v` in the order.
std::string comes_behind(const SqlPlace& place, const CustomerQuery& query) {
  const std::string id = "customer_id" + place.bytewise;
  const char* further = query.ascending ? ">" : "<";
  if (query.order == CustomerOrder::customer_id) return fmt::format("{} {} last.id", id, further);
  return fmt::format(
      "({0} {1} last.v OR ({0} IS NULL AND last.v IS NOT NULL) OR (({0} = last.v OR ({0} IS NULL AND last.v "
      "IS "
      "NULL)) AND {2} > last.id))",
      name_of(query.order), further, id);
}

std::string page_of_customers(const SqlPlace& place, const CustomerQuery& query, const std::string& where) {
  const std::string id = "customer_id" + place.bytewise;
  const char* way = query.ascending ? "ASC" : "DESC";
  const std::string order = query.order == CustomerOrder::customer_id
                                ? fmt::format("{} {}", id, way)
                                : fmt::format("{} {} NULLS LAST, {}", name_of(query.order), way, id);
  const std::string from = fmt::format("SELECT * FROM {}{}", place.scores, where);
  const std::string list = customer_columns(place);
  const std::string rest = fmt::format(" ORDER BY {} LIMIT {}", order, query.limit + 1);
  if (query.after.empty()) return fmt::format("SELECT {} FROM ({}) AS these{}", list, from, rest);
  return fmt::format(
      "SELECT {0} FROM ({1}) AS these, (SELECT {2} AS v, customer_id AS id FROM {3} WHERE customer_id = {4}) "
      "AS last "
      "WHERE {5}{6}",
      list, from, name_of(query.order), place.scores, sql_text(query.after), comes_behind(place, query),
      rest);
}

Result<void> read_data(SqlReader& reader, const SqlPlace& place, const Columns& columns,
                       const std::string& id, CustomerDetail& detail) {
  std::string list;
  std::vector<std::pair<std::string, CellType>> chosen;
  for (const auto& [name, type] : columns) {
    if (is_own(name) || type == CellType::other) continue;
    list += (list.empty() ? "" : ", ") + sql_name(name);
    chosen.emplace_back(name, type);
  }
  if (chosen.empty()) return {};
  return reader.each(
      fmt::format("SELECT {} FROM {} WHERE customer_id = {}", list, place.scores, sql_text(id)),
      [&](const SqlRow& row) {
        for (int index = 0; const auto& [name, type] : chosen) {
          auto& cell = detail.data.emplace_back(name, std::monostate()).second;
          if (!row.is_null(index) && type == CellType::number) cell = row.number(index);
          if (!row.is_null(index) && type == CellType::text) cell = std::string(row.text(index));
          ++index;
        }
      });
}

double number_or_nan(const SqlRow& row, int column) {
  return row.is_null(column) ? std::numeric_limits<double>::quiet_NaN() : row.number(column);
}

Result<void> read_past(SqlReader& reader, const SqlPlace& place, const std::string& id,
                       CustomerDetail& detail) {
  if (place.events.empty()) return {};
  return reader.each(
      fmt::format("SELECT {}, probability, prediction, risk_band, model, source_topic, source_partition,"
                  " source_offset FROM {} WHERE customer_id = {} ORDER BY event_time DESC, source_offset "
                  "DESC LIMIT {}",
                  fmt::format(fmt::runtime(place.micros), "event_time"), place.events, sql_text(id),
                  kPastScoresMax),
      [&](const SqlRow& row) {
        detail.past.push_back({row.integer(0),
                               number_or_nan(row, 1),
                               std::string(row.text(2)),
                               std::string(row.text(3)),
                               std::string(row.text(4)),
                               {std::string(row.text(5)), static_cast<std::int32_t>(row.integer(6))},
                               Offset{row.integer(7)}});
      });
}

struct AxisSql {
  std::string expression;
  bool is_number = false;
};

Result<AxisSql> axis_sql(const Columns& columns, const SegmentAxis& axis) {
  if (axis.column == "risk_band" || axis.column == "prediction") return AxisSql{axis.column};
  if (axis.column == "probability")  // probability x bins is exact enough to match the summary's histogram
    return AxisSql{fmt::format("CASE WHEN probability >= 1 THEN {1} ELSE floor(probability * {0}) END",
                               kRiskBins, kRiskBins - 1),
                   true};
  CHURNSTREAM_TRY_ASSIGN(const CellType type, type_of(columns, axis.column));
  if (type == CellType::text) return AxisSql{sql_name(axis.column)};
  if (!(axis.width > 0) || std::isinf(axis.width))
    return wrong(kAsking, axis.column, "it is a column of numbers and needs the width of a step",
                 "tenure:12");
  const std::string width = shortest(axis.width);
  return AxisSql{fmt::format("floor({} / {}) * {}", sql_name(axis.column), width, width), true};
}

Result<std::string> sum_sql(const Columns& columns, const std::string& column) {
  CHURNSTREAM_TRY_ASSIGN(const CellType type, type_of(columns, column));
  if (type != CellType::number) return wrong(kAsking, column, "only a column of numbers is summed up");
  return fmt::format(", sum({})", sql_name(column));
}

std::optional<std::string> axis_value(const SqlRow& row, int column, bool is_number) {
  if (row.is_null(column)) return std::nullopt;
  return is_number ? shortest(row.number(column)) : std::string(row.text(column));
}

// Numbers by their size, all others by their bytes; nothing comes last.
bool comes_first(const Segment& left, const Segment& right, const std::vector<AxisSql>& axes) {
  for (std::size_t index = 0; index < axes.size(); ++index) {
    const auto &one = left.values[index], &other = right.values[index];
    if (one == other) continue;
    if (!one || !other) return one.has_value();
    return axes[index].is_number ? *parse_double(*one) < *parse_double(*other) : *one < *other;
  }
  return false;
}

}  // namespace

std::string customer_columns(const SqlPlace& place) {
  return fmt::format(
      "customer_id, probability, prediction, risk_band, {}, expected_loss, {}, {}, flagged, model",
      place.value, fmt::format(fmt::runtime(place.micros), "event_time"),
      fmt::format(fmt::runtime(place.micros), "scored_at"));
}

CustomerScore customer_of(const SqlRow& row) {
  CustomerScore score;
  score.customer_id = row.text(0);
  score.probability = number_or_nan(row, 1);
  score.prediction = row.text(2);
  score.risk_band = row.text(3);
  score.value = number_or_nan(row, 4);
  score.expected_loss = number_or_nan(row, 5);
  score.event_time_us = row.integer(6);
  score.scored_at_us = row.integer(7);
  score.flagged = row.text(8) == "t" || row.text(8) == "1";
  score.model = row.text(9);
  return score;
}

Result<CustomerPage> ask_customers(SqlReader& reader, const SqlPlace& place, const CustomerQuery& query) {
  CustomerPage page;
  CHURNSTREAM_TRY_ASSIGN(const Columns columns, columns_of(reader, place));
  if (columns.empty()) return page;
  CHURNSTREAM_TRY_ASSIGN(const std::string which, where(columns, query.filter));
  CHURNSTREAM_TRY(
      reader.each(fmt::format("SELECT count(*) FROM {}{}", place.scores, which),
                  [&](const SqlRow& row) { page.total = static_cast<std::uint64_t>(row.integer(0)); }));
  CHURNSTREAM_TRY(reader.each(page_of_customers(place, query, which),
                              [&](const SqlRow& row) { page.customers.push_back(customer_of(row)); }));
  page.has_more = page.customers.size() > query.limit;
  if (page.has_more) page.customers.pop_back();
  return page;
}

Result<std::optional<CustomerDetail>> ask_customer(SqlReader& reader, const SqlPlace& place,
                                                   const std::string& id) {
  CHURNSTREAM_TRY_ASSIGN(const Columns columns, columns_of(reader, place));
  std::optional<CustomerDetail> detail;
  if (columns.empty()) return detail;
  CHURNSTREAM_TRY(reader.each(fmt::format("SELECT {} FROM {} WHERE customer_id = {}", customer_columns(place),
                                          place.scores, sql_text(id)),
                              [&](const SqlRow& row) {
                                detail = CustomerDetail{customer_of(row), {}, {}};
                              }));
  if (!detail) return detail;
  CHURNSTREAM_TRY(read_data(reader, place, columns, id, *detail));
  CHURNSTREAM_TRY(read_past(reader, place, id, *detail));
  return detail;
}

Result<std::vector<Segment>> ask_segments(SqlReader& reader, const SqlPlace& place,
                                          const CustomerFilter& filter, const std::vector<SegmentAxis>& axes,
                                          const std::vector<std::string>& sums) {
  std::vector<Segment> segments;
  CHURNSTREAM_TRY_ASSIGN(const Columns columns, columns_of(reader, place));
  if (columns.empty()) return segments;
  CHURNSTREAM_TRY_ASSIGN(const std::string which, where(columns, filter));
  std::vector<AxisSql> expressions;
  std::string list, groups, more;
  for (const SegmentAxis& axis : axes) {
    CHURNSTREAM_TRY_ASSIGN(const AxisSql one, axis_sql(columns, axis));
    expressions.push_back(one);
    list += one.expression + ", ";
    groups += fmt::format("{}{}", groups.empty() ? " GROUP BY " : ", ", expressions.size());
  }
  for (const std::string& column : sums) {
    CHURNSTREAM_TRY_ASSIGN(const std::string one, sum_sql(columns, column));
    more += one;
  }
  const std::string sql = fmt::format(
      "SELECT {0}count(*), count(*) FILTER (WHERE flagged), avg(probability), sum({1}), sum(probability * "
      "{1}){2} "
      "FROM {3}{4}{5} LIMIT {6}",
      list, place.value, more, place.scores, which, groups, kSegmentsMax + 1);
  CHURNSTREAM_TRY(reader.each(sql, [&](const SqlRow& row) {
    Segment& segment = segments.emplace_back();
    int column = 0;
    for (const AxisSql& axis : expressions)
      segment.values.push_back(axis_value(row, column++, axis.is_number));
    segment.customers = static_cast<std::uint64_t>(row.integer(column));
    segment.flagged = static_cast<std::uint64_t>(row.integer(column + 1));
    segment.mean_probability = number_or_nan(row, column + 2);
    segment.value = number_or_nan(row, column + 3);
    segment.revenue_at_risk = number_or_nan(row, column + 4);
    column += 5;
    while (segment.sums.size() < sums.size()) segment.sums.push_back(number_or_nan(row, column++));
  }));
  if (segments.size() > kSegmentsMax)
    return wrong("splitting customers into segments", {}, fmt::format("there are more than {}", kSegmentsMax),
                 "choose columns with fewer values");
  std::sort(segments.begin(), segments.end(),
            [&](const Segment& left, const Segment& right) { return comes_first(left, right, expressions); });
  return segments;
}

}  // namespace churnstream
