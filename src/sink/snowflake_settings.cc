#include "sink/snowflake_settings.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/ascii.h"
#include "sink/chosen_tables.h"

namespace churnstream {
namespace {

// What a token calls the account: "myorg-acct" stays whole, a locator loses region and cloud
// ("xy12345.eu-west-1" is XY12345).
std::string account_of_token(const std::string& account) {
  return upper_ascii(account.substr(0, account.find('.')));
}

// A machine's own address, where nobody listens in.
bool is_loopback(std::string_view host) {
  for (const char* own : {"127.0.0.1", "localhost", "[::1]"}) {
    const std::string_view name(own);
    if (host == name || (host.starts_with(name) && host[name.size()] == ':')) return true;
  }
  return false;
}

Result<void> choose_url(const Config& config, SnowflakeSettings& settings) {
  const std::string& account = config.text("account");
  const bool is_name = std::all_of(account.begin(), account.end(), [](unsigned char letter) {
    return std::isalnum(letter) != 0 || letter == '-' || letter == '_' || letter == '.';
  });
  if (account.empty() || !is_name)
    return wrong(config.where("account"), "account", "this is no account identifier",
                 "ORGANISATION-ACCOUNT, as Snowsight shows it");
  settings.account = account_of_token(account);
  // A host name has no underscores.
  std::string host = account;
  std::replace(host.begin(), host.end(), '_', '-');
  settings.url = config.has("url") ? config.text("url") : "https://" + host + ".snowflakecomputing.com";
  while (settings.url.ends_with('/')) settings.url.pop_back();
  const std::string_view url = settings.url;
  const bool is_https = url.starts_with("https://") && url.size() > 8;
  const bool is_own_machine = url.starts_with("http://") && is_loopback(url.substr(7));
  if (!is_https && !is_own_machine)
    return wrong(config.where("url"), "url", "this is not https://HOST",
                 "http is taken for this machine's own address alone, for tests");
  return {};
}

Result<void> choose_login(const Config& config, SnowflakeSettings& settings) {
  using Login = SnowflakeSettings::Login;
  constexpr std::array<std::pair<const char*, Login>, 3> kLogins{
      {{"key_pair", Login::key_pair}, {"oauth", Login::oauth}, {"access_token", Login::access_token}}};
  for (const auto& [name, login] : kLogins)
    if (config.text("login") == name) settings.login = login;
  if (config.has("private_key")) settings.private_key = config.text("private_key");
  if (config.has("private_key_passphrase")) settings.passphrase = config.text("private_key_passphrase");
  if (config.has("token")) settings.token = config.text("token");
  if (config.has("token_file")) settings.token_file = config.path("token_file");
  settings.user = upper_ascii(config.text("user"));
  if (settings.login == Login::key_pair) {
    if (settings.private_key.empty())
      return wrong(config.where("login"), "private_key", "login = \"key_pair\" needs one",
                   "private_key = \"file:rsa_key.p8\", and user");
    if (settings.user.empty())
      return wrong(config.where("login"), "user", "login = \"key_pair\" needs one",
                   "the user whose RSA_PUBLIC_KEY belongs to the private key");
  } else if (settings.token.empty() == settings.token_file.empty()) {
    return wrong(config.where("login"), "token", "this login needs a token or a token_file, one of them",
                 "token = \"${SNOWFLAKE_TOKEN}\"");
  }
  return {};
}

Result<void> choose_tables(const Config& config, SnowflakeSettings& settings) {
  CHURNSTREAM_TRY_ASSIGN(const ChosenTables tables, chosen_tables(config));
  settings.has_scores = tables.has_scores;
  settings.has_events = tables.has_events;
  if (settings.mode == SnowflakeSettings::Mode::streaming && !settings.has_events)
    return wrong(config.where("tables"), "tables", "mode = \"streaming\" appends to churn_events",
                 "mode = \"merge\" can write churn_scores alone");
  return {};
}

// In streaming mode churn_scores is a view, and ends with its events.
Result<void> choose_retention(const Config& config, SnowflakeSettings& settings) {
  std::vector<std::string> tables;
  if (settings.has_events) tables.push_back("churn_events");
  if (settings.has_scores && settings.mode == SnowflakeSettings::Mode::merge)
    tables.push_back("churn_scores");
  CHURNSTREAM_TRY_ASSIGN(settings.retention, retention_of(config, tables));
  return {};
}

Result<void> choose_view(const Config& config, SnowflakeSettings& settings) {
  CHURNSTREAM_TRY_ASSIGN(settings.view, chosen_view(config));
  if (!settings.has_scores) settings.view.clear();
  return {};
}

}  // namespace

Options snowflake_options() {
  Options options("sink.snowflake",
                  "Scores into Snowflake: exactly once by Snowpipe Streaming, or effectively once by MERGE.");
  options
      .text("mode",
            "streaming: one channel per source partition appends to churn_events. merge: one "
            "MERGE per table and batch, by a warehouse.")
      .one_of({"streaming", "merge"})
      .fallback("streaming");
  options.text("account", "The account identifier: ORGANISATION-ACCOUNT.").required();
  options.text("url", "Where the account answers, if not at https://ACCOUNT.snowflakecomputing.com.");
  options.text("user", "The user to be, whose public key is registered; a token names its own.").fallback("");
  options.text("role", "The role to act in; \"\": the user's default.").fallback("");
  options.text("warehouse", "The warehouse that runs statements; \"\": the user's default.").fallback("");
  options.text("database", "The database, which has to be there, as Snowflake writes it.").required();
  options.text("schema", "The schema of the tables; both are made where they are missing.")
      .fallback("CHURNSTREAM");
  options
      .text("login", "How to show who we are: by a key pair, an OAuth token or a programmatic access token.")
      .one_of({"key_pair", "oauth", "access_token"})
      .fallback("key_pair");
  options.secret("private_key", "The private key, PKCS#8 in PEM, such as \"file:rsa_key.p8\".");
  options.secret("private_key_passphrase", "What the private key is encrypted with.");
  options.secret("token", "The OAuth token or the programmatic access token.");
  options.path("token_file", "A file with the token, read anew when Snowflake turns the token down.");
  declare_tables(options);
  options
      .text("view",
            "SCHEMA.NAME of a view of churn_scores in the shape of the original's table, its CHURN the "
            "predicted "
            "class and its PREDICTION 0.0 or 1.0; \"\": none.")
      .fallback("CHURN.CHURN");
  options.text("pipe", "The pipe that rows are appended through; Snowflake makes this one by itself.")
      .fallback("CHURN_EVENTS-STREAMING");
  declare_retention(options, "{ churn_events = \"90d\", churn_scores = \"365d\" }");
  options.text("new_columns", "What becomes of customers' columns that the tables do not have.")
      .one_of({"refuse", "add"})
      .fallback("refuse");
  options.path("ca_file", "Certificates in PEM to trust instead of the system's.");
  options.duration("timeout", "How long one statement, or the way of a batch into the table, may take.")
      .between(1, 3'600)
      .fallback("60s");
  return options;
}

Result<SnowflakeSettings> snowflake_settings_of(const Config& config) {
  CHURNSTREAM_TRY_ASSIGN(SnowflakeSettings settings, snowflake_place_of(config));
  CHURNSTREAM_TRY(choose_login(config, settings));
  return settings;
}

Result<SnowflakeSettings> snowflake_place_of(const Config& config) {
  SnowflakeSettings settings;
  settings.mode =
      config.text("mode") == "merge" ? SnowflakeSettings::Mode::merge : SnowflakeSettings::Mode::streaming;
  CHURNSTREAM_TRY(choose_url(config, settings));
  CHURNSTREAM_TRY(choose_tables(config, settings));
  CHURNSTREAM_TRY(choose_retention(config, settings));
  CHURNSTREAM_TRY(choose_view(config, settings));
  settings.database = config.text("database");
  settings.schema = config.text("schema");
  settings.warehouse = config.text("warehouse");
  settings.role = config.text("role");
  settings.pipe = config.text("pipe");
  settings.adds_columns = config.text("new_columns") == "add";
  if (config.has("ca_file")) settings.ca_file = config.path("ca_file");
  settings.timeout = std::chrono::duration_cast<std::chrono::milliseconds>(config.duration("timeout"));
  return settings;
}

}  // namespace churnstream
