// Customers and segments as the API writes them (docs/formats/page-api.md): what is unknown is null, times
// are RFC 3339, doubles in shortest round-trip form. Pure; any thread.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "data/history.h"

namespace churnstream {

std::string customers_json(const CustomerPage& page);
// Without the columns that nobody is to see of a single customer.
std::string customer_json(const CustomerDetail& detail, const std::set<std::string>& hidden_columns);
std::string segments_json(const std::vector<SegmentAxis>& axes, const std::vector<Segment>& segments);

}  // namespace churnstream
