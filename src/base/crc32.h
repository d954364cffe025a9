// CRC-32 (IEEE 802.3, as zlib and gzip have it): finds damage by accident, not by intent. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace churnstream {

inline std::uint32_t crc32_of(std::string_view bytes) {
  static constexpr auto kTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
      std::uint32_t value = byte;
      for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0xEDB88320u : 0u);
      table[byte] = value;
    }
    return table;
  }();
  std::uint32_t crc = 0xFFFFFFFFu;
  for (const char byte : bytes) crc = (crc >> 8) ^ kTable[(crc ^ static_cast<unsigned char>(byte)) & 0xFFu];
  return ~crc;
}

}  // namespace churnstream
