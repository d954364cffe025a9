// The measures of the Power BI model: the figures that its pages show, as DAX that DirectQuery can hand to
// the store. Any thread.
#pragma once

#include <string>
#include <vector>

#include "report/report_store.h"

namespace churnstream {

// The one table of the model, whatever the store calls it.
inline constexpr const char* kPowerBiTable = "CHURN";

// What pages ask for by name.
inline constexpr const char* kCustomers = "Number of customers";
inline constexpr const char* kLeaving = "Predicted to leave";
inline constexpr const char* kLeavingShare = "Share predicted to leave";
inline constexpr const char* kProbability = "Average probability";
inline constexpr const char* kRevenueAtRisk = "Revenue at risk";
inline constexpr const char* kHighRisk = "Customers at high risk";
inline constexpr const char* kAsOf = "As of";

struct PowerBiMeasure {
  std::string name, dax, format, sentence;
};

// "TENURE predicted to leave": the sum or count of a column over those customers.
std::string leaving_measure(const std::string& column);

// Those above, and the sums and counts over the customers predicted to leave of the original's columns that
// are there.
std::vector<PowerBiMeasure> powerbi_measures(const ReportStore& store);

}  // namespace churnstream
