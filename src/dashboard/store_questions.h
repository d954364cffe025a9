// What the API's parameters ask a store for. Pure; any thread. Errors are sentences for whoever asked.
//
//   ?band=high&where=Contract%3AOne%20year&sort=probability&order=asc&limit=20&cursor=7590-VHVEG
//   ?by=Contract,tenure:12&sum=MonthlyCharges,TotalCharges
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "dashboard/query.h"
#include "data/history.h"

namespace churnstream {

constexpr std::size_t kCustomersMax = 500;  // on one page
constexpr std::size_t kAxesMax = 3;
constexpr std::size_t kSumsMax = 4;

// band, flagged, search and where, as often as they come. Other parameters are none of its business.
Result<CustomerFilter> filter_of(const Query& query);
// The same and limit, cursor, sort, order. Wrong where a parameter is unknown, so that a misspelt filter does
// not show everybody.
Result<CustomerQuery> customer_query_of(const Query& query);

struct SegmentQuery {
  CustomerFilter filter;
  std::vector<SegmentAxis> axes;
  std::vector<std::string> sums;
};
// by, sum and the filter's parameters; wrong as customer_query_of().
Result<SegmentQuery> segment_query_of(const Query& query);

// Wrong where the question is about one of the hidden columns: what is not shown of a customer must not be
// found out by filtering for it.
Result<void> check_hidden(const CustomerFilter& filter, const std::set<std::string>& hidden_columns);
Result<void> check_hidden(const SegmentQuery& query, const std::set<std::string>& hidden_columns);

}  // namespace churnstream
