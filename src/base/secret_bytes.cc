#include "base/secret_bytes.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <vector>

#include "base/result.h"
#include "base/sha256.h"

namespace churnstream {

std::string random_hex(std::size_t bytes) {
  std::vector<unsigned char> random(bytes);
  insist(RAND_bytes(random.data(), static_cast<int>(bytes)) == 1, "the system gives random bytes");
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const unsigned char byte : random) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

// Digests have one length, whatever the texts have.
bool is_same_secret(std::string_view secret, std::string_view offered) {
  const std::string ours = sha256_hex(secret), theirs = sha256_hex(offered);
  return CRYPTO_memcmp(ours.data(), theirs.data(), ours.size()) == 0;
}

}  // namespace churnstream
