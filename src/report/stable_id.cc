#include "report/stable_id.h"

#include "base/sha256.h"

namespace churnstream {

std::string stable_id(std::string_view name) { return sha256_hex(name).substr(0, 20); }

std::string stable_uuid(std::string_view name) {
  std::string digits = sha256_hex(name).substr(0, 32);
  digits[12] = '8';  // the version
  digits[16] = 'a';  // the variant
  for (const std::size_t place : {20, 16, 12, 8}) digits.insert(place, 1, '-');
  return digits;
}

}  // namespace churnstream
