// Customers and segments as the API writes them (docs/formats/page-api.md): what is unknown is null, times
// are RFC 3339, doubles in shortest round-trip form. Pure; any thread.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "dashboard/store_questions.h"
#include "data/history.h"

namespace churnstream {

constexpr std::uint64_t kFewestForASum = 20;  // a sum of fewer customers says too much of each

std::string customers_json(const CustomerPage& page);
// Without the columns that nobody is to see of a single customer.
std::string customer_json(const CustomerDetail& detail, const std::set<std::string>& hidden_columns);
// Sums over fewer than kFewestForASum customers are null.
std::string segments_json(const SegmentQuery& query, const std::vector<Segment>& segments);

}  // namespace churnstream
