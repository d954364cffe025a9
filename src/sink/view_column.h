// What the views in the original's shape have in common, whatever the store. Any thread.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/ascii.h"
#include "data/schema.h"
#include "sink/scored_record.h"

namespace churnstream {

// A column of a view: its name, what of churn_scores it shows, and of which kind that is.
struct ViewColumn {
  std::string name;
  std::string shows;
  RecordKind kind = RecordKind::text;
  bool is_customers = false;  // the customer's own; else one of ours
};

// The customers' columns in their order under upper-case names, then `ours`; a customer's column that would
// be called as one of ours is left out. `shows` is asked what stands behind the column of an index.
template <typename Shows>
std::vector<ViewColumn> view_columns(const Schema& customer, const std::vector<ViewColumn>& ours,
                                     Shows shows) {
  std::set<std::string> taken;
  for (const ViewColumn& column : ours) taken.insert(column.name);
  std::vector<ViewColumn> columns;
  for (std::size_t index = 0; index < customer.size(); ++index)
    if (std::string name = upper_ascii(customer[index].name); taken.insert(name).second)
      columns.push_back({std::move(name), shows(index), record_kind(customer[index].type), true});
  columns.insert(columns.end(), ours.begin(), ours.end());
  return columns;
}

}  // namespace churnstream
