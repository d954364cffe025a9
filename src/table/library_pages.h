// A big library that is needed for a moment, at the start, need not stay in memory for a year: what the
// kernel can read again from its file is given back. Any thread, any time; used again, it is simply read
// again.
#pragma once

#include <string_view>

namespace churnstream {

// Of the loaded libraries whose file name begins with `name`: code and constants, never written data.
void give_back_pages(std::string_view name);

}  // namespace churnstream
