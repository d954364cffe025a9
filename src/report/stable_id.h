// Ids that stay the same as long as the names they are made of do, so that a project written twice is the
// same to the byte and a report that is written anew keeps what refers to it. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace churnstream {

// 20 hexadecimal digits, as Power BI's own pages and visuals have.
std::string stable_id(std::string_view name);
// A UUID of version 8 (RFC 9562): digits of a hash.
std::string stable_uuid(std::string_view name);

}  // namespace churnstream
