// Keys: made at random, and compared so that the time it takes tells nothing. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace churnstream {

// `bytes` bytes that nobody can foretell, as twice as many hexadecimal digits. Stops the program where the
// system has none to give.
std::string random_hex(std::size_t bytes);

// Whether two texts are the same; the time depends on the length of `offered` alone.
bool is_same_secret(std::string_view secret, std::string_view offered);

}  // namespace churnstream
