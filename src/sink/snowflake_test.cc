// What of the Snowflake sink needs no server: keys and tokens, settings, the text of rows.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/sql_text.h"
#include "sink/snowflake_login.h"
#include "sink/snowflake_rows.h"
#include "sink/snowflake_statements.h"
#include "testing/scored_rows.h"
#include "testing/temporary_folder.h"

namespace churnstream {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// What a command of the shell prints.
std::string said_by(const std::string& command) {
  std::string said;
  FILE* pipe = ::popen(("{ " + command + "; } 2> /dev/null").c_str(), "r");
  for (int letter = 0; pipe != nullptr && (letter = std::fgetc(pipe)) != EOF;)
    said += static_cast<char>(letter);
  insist(pipe != nullptr && ::pclose(pipe) == 0, "openssl is there");
  return said;
}

// Keys made anew for each run, by openssl, which also says what the fingerprint has to be.
struct Keys {
  TemporaryFolder folder;
  std::string file = (folder / "rsa_key.p8").string();
  std::string plain = said_by("openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 | tee " + file);
  std::string encrypted =
      said_by("openssl pkcs8 -topk8 -v2 aes-256-cbc -passout 'pass:opens it' -in " + file);
  std::string too_short = said_by("openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024");
  std::string fingerprint =
      "SHA256:" + said_by("openssl rsa -pubout -outform DER -in " + file +
                          " | openssl dgst -sha256 -binary | openssl base64 | tr -d '\\n'");
};
const Keys& keys() {
  static const Keys kKeys;
  return kKeys;
}

std::string why_not(const std::string& pem, const std::string& passphrase = {}) {
  const auto key = SnowflakeKey::make(pem, passphrase);
  return key ? "it is taken" : key.error().message;
}

TEST(SnowflakeKey, PlainAndEncryptedKeysHaveTheSameFingerprint) {
  EXPECT_EQ(SnowflakeKey::make(keys().plain, "")->fingerprint(), keys().fingerprint);
  EXPECT_EQ(SnowflakeKey::make(keys().encrypted, "opens it")->fingerprint(), keys().fingerprint);
}

TEST(SnowflakeKey, WhatCannotBeUsedIsSaidWithoutRepeatingIt) {
  EXPECT_THAT(why_not(keys().encrypted), HasSubstr("no private_key_passphrase"));
  EXPECT_THAT(why_not(keys().encrypted, "opens it not"), HasSubstr("does not open it"));
  EXPECT_THAT(why_not("a secret"), HasSubstr("no private key in PEM"));
  EXPECT_THAT(why_not(keys().too_short), HasSubstr("2,048 bits"));
  for (const std::string& said : {why_not(keys().encrypted, "opens it not"), why_not("a secret")}) {
    EXPECT_EQ(said.find("opens it not"), std::string::npos);
    EXPECT_EQ(said.find("a secret"), std::string::npos);
  }
}

json claims_of(const std::string& token) {
  std::string part = token.substr(token.find('.') + 1);
  part = part.substr(0, part.find('.'));
  for (char& letter : part) letter = letter == '-' ? '+' : letter == '_' ? '/' : letter;
  part.append((4 - part.size() % 4) % 4, '=');
  return json::parse(*bytes_of_base64(part));
}

SnowflakeSettings settings_with_key() {
  SnowflakeSettings settings;
  settings.account = "MYORG-ACCT";
  settings.user = "CHURN";
  settings.private_key = keys().plain;
  return settings;
}

TEST(SnowflakeLogin, ATokenIsKeptForMostOfItsLifeAndThenMadeAnew) {
  const SnowflakeSettings settings = settings_with_key();
  ManualClock clock(1'700'000'000'000'000);
  SnowflakeLogin login = *SnowflakeLogin::make(settings, clock);
  const std::string first = *login.token();
  const json claims = claims_of(first);
  EXPECT_EQ(claims["sub"], "MYORG-ACCT.CHURN");
  EXPECT_EQ(claims["iss"], "MYORG-ACCT.CHURN." + keys().fingerprint);
  EXPECT_EQ(claims["iat"], 1'700'000'000);
  EXPECT_EQ(claims["exp"], 1'700'003'540);
  clock.advance(std::chrono::minutes(40));
  EXPECT_EQ(*login.token(), first);
  clock.advance(std::chrono::minutes(10));
  EXPECT_EQ(claims_of(*login.token())["iat"], 1'700'003'000);
  clock.advance(std::chrono::seconds(1));
  login.renew();
  EXPECT_EQ(claims_of(*login.token())["iat"], 1'700'003'001);
}

TEST(SnowflakeLogin, ATokensFileIsReadAnewWhenTheTokenIsTurnedDown) {
  const TemporaryFolder folder;
  SnowflakeSettings settings;
  settings.login = SnowflakeSettings::Login::oauth;
  settings.token_file = folder.path() / "token";
  SnowflakeLogin login = *SnowflakeLogin::make(settings);
  EXPECT_FALSE(login.token()) << "the file is not there";
  ASSERT_TRUE(write_file_atomically(settings.token_file, "first\n"));
  EXPECT_EQ(*login.token(), "first");
  ASSERT_TRUE(write_file_atomically(settings.token_file, "second\r\n"));
  EXPECT_EQ(*login.token(), "first");
  login.renew();
  EXPECT_EQ(*login.token(), "second");
  ASSERT_TRUE(write_file_atomically(settings.token_file, "third\r\nX-Header: of somebody's"));
  login.renew();
  EXPECT_FALSE(login.token());
}

Config config_with(const std::map<std::string, std::string>& more) {
  Config config;
  for (const char* name : {"role", "warehouse"}) config.set(name, std::string());
  std::map<std::string, std::string> texts{
      {"mode", "streaming"},         {"account", "myorg-acct"}, {"user", "churn"},
      {"database", "CHURN"},         {"schema", "CHURNSTREAM"}, {"login", "key_pair"},
      {"private_key", keys().plain}, {"view", "CHURN.CHURN"},   {"pipe", "CHURN_EVENTS-STREAMING"},
      {"new_columns", "refuse"}};
  for (const auto& [name, value] : more) texts[name] = value;
  for (const auto& [name, value] : texts)
    if (value != "-") config.set(name, value);
  config.set("tables", std::vector<std::string>{"churn_scores", "churn_events"});
  config.set("retention", std::map<std::string, std::string>());
  config.set("timeout", std::chrono::nanoseconds(std::chrono::seconds(60)));
  return config;
}

std::string url_of(const std::map<std::string, std::string>& more) {
  const auto settings = snowflake_settings_of(config_with(more));
  return settings ? settings->url : settings.error().message;
}

TEST(SnowflakeSettings, TheAccountSaysWhereItAnswersAndWhatTokensCallIt) {
  EXPECT_EQ(url_of({}), "https://myorg-acct.snowflakecomputing.com");
  EXPECT_EQ(url_of({{"account", "myorg-my_acct"}}), "https://myorg-my-acct.snowflakecomputing.com");
  EXPECT_EQ(snowflake_settings_of(config_with({{"account", "myorg-my_acct"}}))->account, "MYORG-MY_ACCT");
  EXPECT_EQ(snowflake_settings_of(config_with({{"account", "xy12345.eu-west-1"}}))->account, "XY12345");
  EXPECT_EQ(url_of({{"account", "xy12345.eu-west-1"}}), "https://xy12345.eu-west-1.snowflakecomputing.com");
  EXPECT_EQ(url_of({{"url", "https://privatelink.example/"}}), "https://privatelink.example");
}

TEST(SnowflakeSettings, PlainHttpIsForThisMachineAlone) {
  for (const char* url : {"http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:1"})
    EXPECT_EQ(url_of({{"url", url}}), url);
  for (const char* url : {"http://127.0.0.1.example", "http://localhost.example:80",
                          "http://snowflake.example", "ftp://127.0.0.1", "https://", "x"})
    EXPECT_THAT(url_of({{"url", url}}), HasSubstr("https://HOST")) << url;
  EXPECT_THAT(url_of({{"account", "evil.example/x"}}), HasSubstr("account identifier"));
}

TEST(SnowflakeSettings, ALoginNeedsWhatItShows) {
  EXPECT_THAT(url_of({{"private_key", "-"}}), HasSubstr("needs one"));
  EXPECT_THAT(url_of({{"user", ""}}), HasSubstr("user"));
  EXPECT_THAT(url_of({{"login", "oauth"}}), HasSubstr("token"));
  EXPECT_THAT(url_of({{"login", "access_token"}, {"token", "t"}}), HasSubstr("https://"));
  EXPECT_THAT(url_of({{"view", "CHURN"}}), HasSubstr("SCHEMA.NAME"));
}

TEST(SnowflakeRows, ARowIsOneObjectUnderTheNamesOfTheTables) {
  const Assignment assignment = test_assignment();
  const ScoredRecord record = *ScoredRecord::make(*assignment.columns, *assignment.terms);
  const SnowflakeRowText text(record);
  std::string out;
  text.append(
      out,
      scored_rows(
          {{.offset = 7, .id = "O'B \"x\"\n", .probability = 0.1, .event_time_us = -1, .note = std::nullopt}},
          8),
      0);
  const json row = json::parse(out);
  EXPECT_EQ(row["CUSTOMER_ID"], "O'B \"x\"\n");
  EXPECT_EQ(row["PROBABILITY"], 0.1);
  EXPECT_EQ(row["FLAGGED"], false);
  EXPECT_EQ(row["EVENT_TIME"], "1969-12-31T23:59:59.999999");
  EXPECT_EQ(row["SOURCE_OFFSET"], 7);
  EXPECT_TRUE(row["NOTE"].is_null());
  EXPECT_EQ(row.size(), text.columns().size());
}

TEST(SnowflakeRows, TimesBeyondWhatSnowflakeHasAreTheNearestOne) {
  const auto time = [](EpochMicros us) {
    std::string out;
    append_snowflake_time(out, us);
    return out;
  };
  EXPECT_EQ(time(0), "1970-01-01T00:00:00.000000");
  EXPECT_EQ(time(1'709'210'096'789'012), "2024-02-29T12:34:56.789012");
  EXPECT_EQ(time(std::numeric_limits<EpochMicros>::max()), "9999-12-31T23:59:59.999999");
  EXPECT_EQ(time(std::numeric_limits<EpochMicros>::min()), "0001-01-01T00:00:00.000000");
}

TEST(SnowflakeNames, QuotesInNamesAndTextsStayInside) {
  EXPECT_EQ(sql_name("a\"; DROP"), "\"a\"\"; DROP\"");
  EXPECT_EQ(snowflake_text("it's \\'"), "'it''s \\\\'''");
}

}  // namespace
}  // namespace churnstream
