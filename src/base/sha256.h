// SHA-256 of bytes fed piece by piece. Owned by one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace churnstream {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void add(std::string_view bytes);
  void add(double value);                // its 8 bytes, little-endian
  void add(std::int64_t value);          // its 8 bytes, little-endian
  void add_text(std::string_view text);  // its length, then its bytes, so that "ab","c" differs from "a","bc"
  std::string hex();                     // 64 lower-case digits; the object is finished after it

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string sha256_hex(std::string_view bytes);

}  // namespace churnstream
