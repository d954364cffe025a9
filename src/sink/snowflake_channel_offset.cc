#include "sink/snowflake_channel_offset.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/ascii.h"
#include "base/clock.h"
#include "base/sha256.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kLookFirst = 20ms, kLookAtMost = 1s;
constexpr std::size_t kOffsetDigits = 19;  // of 2^63 - 1
constexpr std::size_t kMarkDigits = 8;

std::string mark_of(const std::string& identity) {
  return identity.empty() ? std::string() : sha256_hex(identity).substr(0, kMarkDigits);
}

}  // namespace

std::string snowflake_channel_name(const Partition& partition) {
  std::string name = "CHURNSTREAM_";
  for (const char letter : upper_ascii(partition.topic)) {
    const bool is_plain = (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9');
    name += is_plain ? letter : '_';
  }
  return fmt::format("{:.120}_{}_{}", name, partition.number,
                     upper_ascii(sha256_hex(partition.topic).substr(0, kMarkDigits)));
}

std::string snowflake_offset_token(Offset offset, const std::string& identity) {
  std::string token = fmt::format("{:0{}}", number_of(offset), kOffsetDigits);
  if (!identity.empty()) token += "-" + mark_of(identity);
  return token;
}

std::optional<SnowflakeOffset> parse_snowflake_offset_token(const std::string& token) {
  SnowflakeOffset offset;
  if (token.empty()) return offset;
  std::int64_t number = 0;
  const char* begin = token.data();
  const auto [end, problem] = std::from_chars(begin, begin + token.size(), number);
  if (problem != std::errc() || end != begin + kOffsetDigits || number < 0 ||
      number == std::numeric_limits<std::int64_t>::max())
    return std::nullopt;
  offset.next = after(Offset{number});
  if (token.size() == kOffsetDigits) return offset;
  if (token[kOffsetDigits] != '-' || token.size() != kOffsetDigits + 1 + kMarkDigits) return std::nullopt;
  offset.mark = token.substr(kOffsetDigits + 1);
  return offset;
}

bool is_snowflake_mark_of(const std::string& mark, const std::string& identity) {
  return mark.empty() || identity.empty() || mark == mark_of(identity);
}

SnowflakeResult<SnowflakeChannelStatus> wait_for_snowflake_commit(SnowflakeChannels& channels,
                                                                  const std::string& channel, Offset next,
                                                                  std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (std::chrono::milliseconds pause = kLookFirst;; pause = std::min(pause * 2, kLookAtMost)) {
    auto status = channels.status(channel);
    if (!status) return status;
    const auto offset = parse_snowflake_offset_token(status->offset_token);
    if (offset && offset->next >= next) return status;
    if (std::chrono::steady_clock::now() > deadline)
      return snowflake_failed(SnowflakeTrouble::unknown,
                              "Snowflake has not committed the rows within timeout");
    system_clock().sleep(pause);
  }
}

}  // namespace churnstream
