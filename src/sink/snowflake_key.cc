#include "sink/snowflake_key.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstring>

#include "base/base64.h"
#include "base/json_text.h"

namespace churnstream {
namespace {

constexpr int kBitsMin = 2'048;  // what Snowflake asks for

std::string base64_url_of(std::string_view bytes) {
  std::string text = base64_of(bytes);
  while (text.ends_with('=')) text.pop_back();
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

// OpenSSL asks for the passphrase of an encrypted key; without one it would ask the terminal.
int give_passphrase(char* out, int size, int, void* passphrase) {
  const auto& text = *static_cast<const std::string*>(passphrase);
  if (text.empty() || text.size() > static_cast<std::size_t>(size)) return -1;
  std::memcpy(out, text.data(), text.size());
  return static_cast<int>(text.size());
}

std::string sha256(std::string_view bytes) {
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), &size, EVP_sha256(),
             nullptr);
  digest.resize(size);
  return digest;
}

std::string public_part(EVP_PKEY* key) {
  unsigned char* bytes = nullptr;
  const int size = i2d_PUBKEY(key, &bytes);
  insist(size > 0, "an RSA key has a public part");
  std::string der(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

std::string signature(EVP_PKEY* key, std::string_view text) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::size_t size = 0;
  std::string bytes;
  const auto* data = reinterpret_cast<const unsigned char*>(text.data());
  bool is_done = EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
                 EVP_DigestSign(context.get(), nullptr, &size, data, text.size()) == 1;
  bytes.resize(size);
  is_done = is_done && EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(bytes.data()), &size,
                                      data, text.size()) == 1;
  insist(is_done, "an RSA key signs");
  bytes.resize(size);
  return bytes;
}

}  // namespace

void SnowflakeKey::Free::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

Result<SnowflakeKey> SnowflakeKey::make(const std::string& pem, const std::string& passphrase) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  SnowflakeKey made;
  made.key_.reset(
      PEM_read_bio_PrivateKey(in.get(), nullptr, give_passphrase, const_cast<std::string*>(&passphrase)));
  ERR_clear_error();  // what it says may repeat what it read
  constexpr const char* kHint = "openssl genrsa 2048 | openssl pkcs8 -topk8 -v2 aes-256-cbc -out rsa_key.p8";
  if (!made.key_) {
    const bool is_encrypted = pem.find("ENCRYPTED") != std::string::npos;
    return wrong("reading the private key", "private_key",
                 !is_encrypted        ? "this is no private key in PEM"
                 : passphrase.empty() ? "it is encrypted, and there is no private_key_passphrase"
                                      : "the passphrase does not open it",
                 is_encrypted ? "" : kHint);
  }
  if (EVP_PKEY_get_base_id(made.key_.get()) != EVP_PKEY_RSA || EVP_PKEY_get_bits(made.key_.get()) < kBitsMin)
    return wrong("reading the private key", "private_key", "Snowflake takes RSA keys of 2,048 bits or more",
                 kHint);
  made.fingerprint_ = "SHA256:" + base64_of(sha256(public_part(made.key_.get())));
  return made;
}

std::string SnowflakeKey::token(const std::string& account, const std::string& user, EpochMicros now_us,
                                std::chrono::seconds life) const {
  constexpr EpochMicros kMicrosPerSecond = 1'000'000;
  const EpochMicros now = now_us / kMicrosPerSecond;
  std::string subject, issuer;
  append_json_text(subject, account + "." + user);
  append_json_text(issuer, account + "." + user + "." + fingerprint_);
  const std::string claims =
      fmt::format(R"({{"iss":{},"sub":{},"iat":{},"exp":{}}})", issuer, subject, now, now + life.count());
  const std::string text = base64_url_of(R"({"alg":"RS256","typ":"JWT"})") + "." + base64_url_of(claims);
  return text + "." + base64_url_of(signature(key_.get(), text));
}

}  // namespace churnstream
