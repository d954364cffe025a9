// The columns that the original's page summed or counted, which customers may or may not have. Any thread.
#pragma once

#include <vector>

#include "report/report_store.h"

namespace churnstream {

struct OriginalColumn {
  const char* name;
  ReportKind kind;        // number: summed; text: counted
  bool is_there = false;  // and of that kind
};

inline bool has_column(const ReportTable& table, const char* name, ReportKind kind) {
  const ReportColumn* column = table.find(name);
  return column != nullptr && column->kind == kind;
}

inline std::vector<OriginalColumn> original_columns(const ReportTable& customers) {
  std::vector<OriginalColumn> columns{{"TOTALCHARGES", ReportKind::number},
                                      {"MONTHLYCHARGES", ReportKind::number},
                                      {"TENURE", ReportKind::number},
                                      {"MULTIPLELINES", ReportKind::text}};
  for (OriginalColumn& column : columns) column.is_there = has_column(customers, column.name, column.kind);
  return columns;
}

}  // namespace churnstream
