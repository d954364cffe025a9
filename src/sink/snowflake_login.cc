#include "sink/snowflake_login.h"

#include <limits>

namespace churnstream {
namespace {

constexpr std::chrono::seconds kTokenLife{3'540};   // Snowflake takes an hour at most, by its own clock
constexpr std::chrono::seconds kRenewAfter{2'832};  // 80 % of it
constexpr std::uint64_t kTokenBytesMax = 64 << 10;

}  // namespace

Result<SnowflakeLogin> SnowflakeLogin::make(const SnowflakeSettings& settings, Clock& clock) {
  SnowflakeLogin made(settings, clock);
  if (settings.login == SnowflakeSettings::Login::key_pair) {
    CHURNSTREAM_TRY_ASSIGN(made.key_, SnowflakeKey::make(settings.private_key, settings.passphrase));
  }
  return made;
}

const char* SnowflakeLogin::type() const {
  switch (settings_->login) {
    case SnowflakeSettings::Login::oauth: return "OAUTH";
    case SnowflakeSettings::Login::access_token: return "PROGRAMMATIC_ACCESS_TOKEN";
    case SnowflakeSettings::Login::key_pair: break;
  }
  return "KEYPAIR_JWT";
}

Result<std::string> SnowflakeLogin::token() {
  const EpochMicros now_us = clock_->now_us();
  if (token_ && now_us < renew_at_us_) return *token_;
  renew_at_us_ = std::numeric_limits<EpochMicros>::max();
  if (key_) {
    token_ = key_->token(settings_->account, settings_->user, now_us, kTokenLife);
    renew_at_us_ = now_us + std::chrono::microseconds(kRenewAfter).count();
  } else if (!settings_->token_file.empty()) {
    CHURNSTREAM_TRY_ASSIGN(std::string text, read_file(settings_->token_file, kTokenBytesMax));
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    token_ = std::move(text);
  } else {
    token_ = settings_->token;
  }
  // A line end in it would be another header.
  if (token_->find_first_of("\r\n") != std::string::npos)
    return wrong("reading the token", "token", "it is more than one line");
  return *token_;
}

}  // namespace churnstream
