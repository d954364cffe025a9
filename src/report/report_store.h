// What a report has to know of the store it reads: where it is, its tables and columns, and what the scores
// in it mean. Filled by command/ from a pipeline's sink, so that columns come from the same declaration as
// the store's tables. Holds no secret and no user. A plain value.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace churnstream {

enum class ReportKind { text, number, flag, integer, time };

struct ReportColumn {
  std::string name;    // as a report calls it
  std::string source;  // as the store calls it
  ReportKind kind = ReportKind::text;
  bool is_customers = true;  // the customer's own; else one that we add
};

struct ReportTable {
  std::string schema, name;
  bool is_view = false;
  std::vector<ReportColumn> columns;

  // Null when there is none of this name.
  const ReportColumn* find(std::string_view column) const {
    for (const ReportColumn& one : columns)
      if (one.name == column) return &one;
    return nullptr;
  }
};

struct ReportStore {
  enum class Type { postgres, snowflake };

  Type type = Type::postgres;
  std::string server, database, warehouse;  // empty: the pipeline does not say
  // One row per customer under a report's names, in capital letters; CHURN is the predicted class. The view
  // where there is one, else churn_scores; nothing where newest scores are not kept.
  std::optional<ReportTable> customers;
  std::string key;             // of `customers`: the customer id; empty: it has none
  std::string value;           // of `customers`: the money that expected loss is a share of; empty: none
  std::string positive = "1";  // the class that leaves, as CHURN says it
  // As the store has them: names as they are.
  std::optional<ReportTable> scores, events, refused;
};

}  // namespace churnstream
