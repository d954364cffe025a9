#include "dashboard/store_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace churnstream {
namespace {

using Json = nlohmann::ordered_json;

Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json score_of(const CustomerScore& one) {
  return {{"customer_id", one.customer_id},
          {"probability", number_or_null(one.probability)},
          {"prediction", one.prediction},
          {"flagged", one.flagged},
          {"risk_band", one.risk_band},
          {"value", number_or_null(one.value)},
          {"expected_loss", number_or_null(one.expected_loss)},
          {"event_time", rfc3339(one.event_time_us)},
          {"scored_at", rfc3339(one.scored_at_us)},
          {"model", one.model}};
}

Json past_of(const PastScore& one) {
  return {{"event_time", rfc3339(one.event_time_us)},
          {"probability", number_or_null(one.probability)},
          {"prediction", one.prediction},
          {"risk_band", one.risk_band},
          {"model", one.model},
          {"source_topic", one.partition.topic},
          {"source_partition", one.partition.number},
          {"source_offset", number_of(one.offset)}};
}

Json cell_of(const std::variant<std::monostate, std::string, double>& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* number = std::get_if<double>(&cell)) return number_or_null(*number);
  return {};
}

Json sums_of(const std::vector<std::string>& columns, const Segment& segment) {
  Json sums = Json::object();
  for (std::size_t index = 0; index < columns.size(); ++index)
    sums[columns[index]] =
        segment.customers < kFewestForASum ? Json() : number_or_null(segment.sums.at(index));
  return sums;
}

// Texts of a store may hold any bytes.
std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

std::string customers_json(const CustomerPage& page) {
  Json customers = Json::array();
  for (const CustomerScore& one : page.customers) customers.push_back(score_of(one));
  const Json next = page.has_more ? Json(page.customers.back().customer_id) : Json();
  return text_of({{"total", page.total}, {"customers", customers}, {"next_cursor", next}});
}

std::string customer_json(const CustomerDetail& detail, const std::set<std::string>& hidden_columns) {
  Json customer = score_of(detail.score), data = Json::object(), history = Json::array();
  for (const auto& [name, cell] : detail.data)
    if (!hidden_columns.contains(name)) data[name] = cell_of(cell);
  for (const PastScore& one : detail.past) history.push_back(past_of(one));
  customer["data"] = data;
  return text_of({{"customer", customer}, {"history", history}, {"reasons", Json()}});
}

std::string segments_json(const SegmentQuery& query, const std::vector<Segment>& segments) {
  Json by = Json::array(), cells = Json::array();
  for (const SegmentAxis& axis : query.axes) by.push_back(axis.column);
  for (const Segment& one : segments) {
    Json values = Json::array();
    for (const auto& value : one.values) values.push_back(value ? Json(*value) : Json());
    cells.push_back({{"values", values},
                     {"customers", one.customers},
                     {"flagged", one.flagged},
                     {"mean_probability", number_or_null(one.mean_probability)},
                     {"value", number_or_null(one.value)},
                     {"revenue_at_risk", number_or_null(one.revenue_at_risk)},
                     {"sums", sums_of(query.sums, one)}});
  }
  return text_of({{"by", by}, {"cells", cells}});
}

}  // namespace churnstream
