// Numbers as text, the same everywhere and whatever the locale says.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace churnstream {

// The whole text as a double, correctly rounded; nothing if any byte is left over or the text is empty.
// Accepts what Spark's cast from string does of plain decimals (sign, point, exponent), but neither
// hexadecimal nor words: "NaN" and "Infinity" from outside are no measurements and are refused. Does not
// trim.
std::optional<double> parse_double(std::string_view text);

// The shortest text that reads back as the same double: 0.1, 1, 1e+30. NaN is "nan", infinities "inf" and
// "-inf".
std::string shortest(double value);
void append_shortest(std::string& out, double value);

}  // namespace churnstream
