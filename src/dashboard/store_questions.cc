#include "dashboard/store_questions.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>

#include "base/numbers.h"
#include "data/scored_batch.h"

namespace churnstream {
namespace {

constexpr const char* kReading = "reading the parameter";
constexpr std::array<std::string_view, 4> kFilterNames{"band", "flagged", "search", "where"};

Result<void> check_names(const Query& query, std::initializer_list<std::string_view> others) {
  for (const auto& [name, value] : query.values) {
    const bool is_known = std::find(kFilterNames.begin(), kFilterNames.end(), name) != kFilterNames.end() ||
                          std::find(others.begin(), others.end(), name) != others.end();
    if (!is_known) return wrong(kReading, name, "there is none of this name here");
  }
  return {};
}

// The parameter's place among its words; nothing where it was not sent.
Result<std::optional<std::size_t>> word_of(const Query& query, std::string_view name,
                                           std::initializer_list<std::string_view> words) {
  const auto value = query.value(name);
  if (!value) return std::nullopt;
  const auto* const place = std::find(words.begin(), words.end(), *value);
  if (place != words.end()) return static_cast<std::size_t>(place - words.begin());
  std::string all;
  for (const std::string_view word : words) all.append(all.empty() ? "" : ", ").append(word);
  return wrong(kReading, name, "it is one of " + all);
}

Result<std::size_t> limit_of(const Query& query, std::size_t fallback) {
  const auto value = query.value("limit");
  if (!value) return fallback;
  std::size_t limit = 0;
  const auto read = std::from_chars(value->data(), value->data() + value->size(), limit);
  if (read.ec != std::errc() || read.ptr != value->data() + value->size() || limit < 1 ||
      limit > kCustomersMax)
    return wrong(kReading, "limit", "it is a number from 1 to " + std::to_string(kCustomersMax));
  return limit;
}

// Calls back with each part of a list divided by commas.
template <typename Take>
Result<void> each_part(std::string_view list, Take take) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    CHURNSTREAM_TRY(take(list.substr(0, comma)));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return {};
}

Result<SegmentAxis> axis_of(std::string_view axis) {
  const std::size_t colon = axis.find(':');
  const auto width = colon == std::string_view::npos ? 0.0 : parse_double(axis.substr(colon + 1));
  if (colon == 0 || !width || *width < 0)
    return wrong(kReading, "by", "it is columns, and of numbers the width of a step, as Contract,tenure:12");
  return SegmentAxis{std::string(axis.substr(0, colon)), *width};
}

Result<void> check_shown(const char* parameter, const std::string& column,
                         const std::set<std::string>& hidden_columns) {
  if (!hidden_columns.contains(column)) return {};
  return wrong(kReading, parameter, column + " is hidden on this page",
               "take it out of [page] hidden_columns");
}

}  // namespace

Result<CustomerFilter> filter_of(const Query& query) {
  CustomerFilter filter;
  CHURNSTREAM_TRY_ASSIGN(const auto band, word_of(query, "band", {"low", "medium", "high"}));
  if (band) filter.risk_band = name_of(static_cast<RiskBand>(*band));
  CHURNSTREAM_TRY_ASSIGN(const auto flagged, word_of(query, "flagged", {"false", "true"}));
  if (flagged) filter.flagged = *flagged == 1;
  filter.id_prefix = query.value("search").value_or("");
  for (const std::string_view one : query.all("where")) {
    const std::size_t colon = one.find(':');
    if (colon == 0 || colon == std::string_view::npos)
      return wrong(kReading, "where", "it is a column and a value, as Contract:One year or tenure:12..24");
    filter.where.emplace_back(one.substr(0, colon), one.substr(colon + 1));
  }
  return filter;
}

Result<CustomerQuery> customer_query_of(const Query& query) {
  CHURNSTREAM_TRY(check_names(query, {"limit", "cursor", "sort", "order"}));
  CustomerQuery wanted;
  CHURNSTREAM_TRY_ASSIGN(wanted.filter, filter_of(query));
  CHURNSTREAM_TRY_ASSIGN(
      const auto sort, word_of(query, "sort", {"expected_loss", "probability", "event_time", "customer_id"}));
  if (sort) wanted.order = static_cast<CustomerOrder>(*sort);
  CHURNSTREAM_TRY_ASSIGN(const auto order, word_of(query, "order", {"asc", "desc"}));
  wanted.ascending = order ? *order == 0 : wanted.order == CustomerOrder::customer_id;
  CHURNSTREAM_TRY_ASSIGN(wanted.limit, limit_of(query, wanted.limit));
  wanted.after = query.value("cursor").value_or("");
  return wanted;
}

Result<SegmentQuery> segment_query_of(const Query& query) {
  CHURNSTREAM_TRY(check_names(query, {"by", "sum"}));
  SegmentQuery wanted;
  CHURNSTREAM_TRY_ASSIGN(wanted.filter, filter_of(query));
  CHURNSTREAM_TRY(each_part(query.value("by").value_or(""), [&](std::string_view axis) -> Result<void> {
    CHURNSTREAM_TRY_ASSIGN(wanted.axes.emplace_back(), axis_of(axis));
    return {};
  }));
  CHURNSTREAM_TRY(each_part(query.value("sum").value_or(""), [&](std::string_view column) -> Result<void> {
    wanted.sums.emplace_back(column);
    return {};
  }));
  if (wanted.axes.size() > kAxesMax)
    return wrong(kReading, "by", "at most " + std::to_string(kAxesMax) + " columns split customers");
  if (wanted.sums.size() > kSumsMax)
    return wrong(kReading, "sum", "at most " + std::to_string(kSumsMax) + " columns are summed up");
  return wanted;
}

Result<void> check_hidden(const CustomerFilter& filter, const std::set<std::string>& hidden_columns) {
  for (const auto& [column, value] : filter.where)
    CHURNSTREAM_TRY(check_shown("where", column, hidden_columns));
  return {};
}

Result<void> check_hidden(const SegmentQuery& query, const std::set<std::string>& hidden_columns) {
  CHURNSTREAM_TRY(check_hidden(query.filter, hidden_columns));
  for (const SegmentAxis& axis : query.axes) CHURNSTREAM_TRY(check_shown("by", axis.column, hidden_columns));
  for (const std::string& column : query.sums) CHURNSTREAM_TRY(check_shown("sum", column, hidden_columns));
  return {};
}

}  // namespace churnstream
