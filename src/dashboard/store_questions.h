// What the API's parameters ask a store for. Pure; any thread. Errors are sentences for whoever asked.
//
//   ?band=high&where=Contract%3AOne%20year&sort=probability&order=asc&limit=20&cursor=7590-VHVEG
//   ?by=Contract,tenure:12
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "dashboard/query.h"
#include "data/history.h"

namespace churnstream {

constexpr std::size_t kCustomersMax = 500;  // on one page
constexpr std::size_t kAxesMax = 3;

// band, flagged, search and where, as often as they come. Other parameters are none of its business.
Result<CustomerFilter> filter_of(const Query& query);
// The same and limit, cursor, sort, order. Wrong where a parameter is unknown, so that a misspelt filter does
// not show everybody.
Result<CustomerQuery> customer_query_of(const Query& query);

struct SegmentQuery {
  CustomerFilter filter;
  std::vector<SegmentAxis> axes;
};
// by and the filter's parameters; wrong as customer_query_of().
Result<SegmentQuery> segment_query_of(const Query& query);

}  // namespace churnstream
