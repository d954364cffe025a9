// A private key and the tokens it signs (docs/formats/snowflake.md, "Key pair"). Made once, then still; the
// key itself never leaves it. One thread at a time.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"

struct evp_pkey_st;

namespace churnstream {

class SnowflakeKey {
 public:
  // `pem`: an RSA key of 2,048 bits or more as PKCS#8, encrypted or not. Wrong otherwise; no message repeats
  // the key or the passphrase.
  static Result<SnowflakeKey> make(const std::string& pem, const std::string& passphrase);

  // "SHA256:" and the base64 of the public key's SHA-256, as DESC USER shows it.
  const std::string& fingerprint() const { return fingerprint_; }
  // A JSON web token by RS256, good from `now_us` for `life`. Names are taken as they are.
  std::string token(const std::string& account, const std::string& user, EpochMicros now_us,
                    std::chrono::seconds life) const;

 private:
  struct Free {
    void operator()(evp_pkey_st* key) const;
  };
  SnowflakeKey() = default;
  std::unique_ptr<evp_pkey_st, Free> key_;
  std::string fingerprint_;
};

}  // namespace churnstream
