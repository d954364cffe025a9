// Names and texts inside SQL and CQL, quoted so that none can be more than a name or a text. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace churnstream {

// "name", its quotes doubled.
std::string sql_name(std::string_view name);
// 'text', its quotes doubled. For servers to which a backslash is a letter as any other.
std::string sql_text(std::string_view text);

}  // namespace churnstream
