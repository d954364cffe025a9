#include "source/file_identity.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "base/file.h"
#include "base/sha256.h"

namespace churnstream {
namespace {

constexpr std::size_t kBytesHashed = 4'096;

Result<std::string> first_bytes(int descriptor, std::size_t count) {
  std::string bytes(count, '\0');
  std::size_t have = 0;
  while (have < count) {
    const ssize_t got = ::pread(descriptor, bytes.data() + have, count - have, static_cast<off_t>(have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("reading", "", errno_text());
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  bytes.resize(have);
  return bytes;
}

Result<std::string> identity_of_first(int descriptor, std::size_t count) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return failed("looking at", "", errno_text());
  if (!S_ISREG(status.st_mode)) return std::string();
  CHURNSTREAM_TRY_ASSIGN(const std::string bytes, first_bytes(descriptor, count));
  return fmt::format("{}:{}:{}:{}", status.st_dev, status.st_ino, sha256_hex(bytes), bytes.size());
}

}  // namespace

Result<std::string> file_identity(int descriptor) { return identity_of_first(descriptor, kBytesHashed); }

Result<bool> is_same_file(int descriptor, std::string_view identity) {
  if (identity.empty()) return true;
  const std::string_view digits = identity.substr(identity.rfind(':') + 1);
  std::size_t count = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (problem != std::errc() || count > kBytesHashed) return false;
  CHURNSTREAM_TRY_ASSIGN(const std::string now, identity_of_first(descriptor, count));
  return now == identity;
}

}  // namespace churnstream
