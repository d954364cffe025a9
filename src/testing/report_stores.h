// Stores for the tests of this room: says only what the test is about.
#pragma once

#include "report/report_store.h"

namespace churnstream {

// Like the view of a pipeline with these customers' columns.
inline ReportStore store_with(std::vector<ReportColumn> customers) {
  ReportStore store;
  store.server = "db.example";
  store.database = "churn";
  store.key = "ID";
  store.value = "CHARGES";
  store.positive = "Yes";
  customers.insert(customers.begin(), {"ID", "ID", ReportKind::text, true});
  for (const auto& [name, kind] :
       std::initializer_list<std::pair<const char*, ReportKind>>{{"CHURN", ReportKind::text},
                                                                 {"PROBABILITY", ReportKind::number},
                                                                 {"RISK_BAND", ReportKind::text},
                                                                 {"EXPECTED_LOSS", ReportKind::number},
                                                                 {"EVENT_TIME", ReportKind::time},
                                                                 {"SCORED_AT", ReportKind::time}})
    customers.push_back({name, name, kind, false});
  store.customers = ReportTable{"CHURN", "CHURN", true, std::move(customers)};
  return store;
}

inline ReportColumn text(const char* name) { return {name, name, ReportKind::text, true}; }
inline ReportColumn number(const char* name) { return {name, name, ReportKind::number, true}; }

}  // namespace churnstream
