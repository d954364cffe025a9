#include "report/powerbi_measures.h"

#include <fmt/format.h>

#include "report/original_columns.h"
#include "report/tmdl_text.h"

namespace churnstream {
namespace {

std::string column(const char* name) { return dax_column(kPowerBiTable, name); }

// Over the customers of one value; what a reader has filtered still holds.
std::string among(const std::string& what, const char* name, std::string_view value) {
  return fmt::format("CALCULATE({}, KEEPFILTERS({} = {}))", what, column(name), dax_text(value));
}

std::string or_zero(const std::string& dax) { return "COALESCE(" + dax + ", 0)"; }

}  // namespace

std::string leaving_measure(const std::string& name) { return name + " predicted to leave"; }

std::vector<PowerBiMeasure> powerbi_measures(const ReportStore& store) {
  const std::string rows = fmt::format("COUNTROWS('{}')", kPowerBiTable);
  std::vector<PowerBiMeasure> measures{
      {kCustomers, or_zero(rows), "#,0", "Customers with a score."},
      {kLeaving, or_zero(among(rows, "CHURN", store.positive)), "#,0",
       "Customers whose predicted class is the one that leaves."},
      {kLeavingShare, fmt::format("DIVIDE([{}], [{}])", kLeaving, kCustomers), "0.0%",
       "Of the customers with a score."},
      {kProbability, fmt::format("AVERAGE({})", column("PROBABILITY")), "0.0%",
       "How likely they are to leave, on average."},
      {kRevenueAtRisk, fmt::format("SUM({})", column("EXPECTED_LOSS")), "#,0.00",
       "The sum of probability x value over the customers; blank where the pipeline names no value column."},
      {kHighRisk, or_zero(among(rows, "RISK_BAND", "high")), "#,0", "Customers in the high risk band."},
      {kAsOf, fmt::format("MAX({})", column("SCORED_AT")), "yyyy-mm-dd hh:nn:ss",
       "When the newest score was made, UTC: what the page is as of."},
  };
  for (const OriginalColumn& one : original_columns(*store.customers)) {
    if (!one.is_there) continue;
    const bool is_sum = one.kind == ReportKind::number;
    const std::string what = fmt::format("{}({})", is_sum ? "SUM" : "COUNTA", column(one.name));
    measures.push_back({leaving_measure(one.name), or_zero(among(what, "CHURN", store.positive)),
                        is_sum ? "#,0.00" : "#,0", "Over the customers predicted to leave."});
  }
  return measures;
}

}  // namespace churnstream
