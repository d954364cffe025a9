#include "base/sha256.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <bit>
#include <cstring>

#include "base/result.h"

namespace churnstream {

static_assert(std::endian::native == std::endian::little,
              "fingerprints hash little-endian bytes as they lie");

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  insist(EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1, "OpenSSL knows SHA-256");
}

Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes) { EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()); }

void Sha256::add(double value) { add(std::string_view(reinterpret_cast<const char*>(&value), sizeof value)); }

void Sha256::add(std::int64_t value) {
  add(std::string_view(reinterpret_cast<const char*>(&value), sizeof value));
}

void Sha256::add_text(std::string_view text) {
  add(static_cast<std::int64_t>(text.size()));
  add(text);
}

std::string Sha256::hex() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  EVP_DigestFinal_ex(state_->context, digest, &length);
  std::string text;
  for (unsigned int i = 0; i < length; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

std::string sha256_hex(std::string_view bytes) {
  Sha256 hash;
  hash.add(bytes);
  return hash.hex();
}

}  // namespace churnstream
