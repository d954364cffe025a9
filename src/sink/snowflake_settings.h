// [[sink]] type = "snowflake": what the section says, checked before anything is sent. Plain values.
#pragma once

#include <chrono>
#include <string>

#include "config/options.h"
#include "sink/retention.h"

namespace churnstream {

struct SnowflakeSettings {
  enum class Mode { streaming, merge };
  enum class Login { key_pair, oauth, access_token };

  Mode mode = Mode::streaming;
  std::string url;               // "https://ACCOUNT.snowflakecomputing.com", without a slash at its end
  std::string account, user;     // as a token names them: upper case, the account without its region
  std::string database, schema;  // names as they are in Snowflake
  std::string warehouse, role;   // empty: the user's own
  Login login = Login::key_pair;
  std::string private_key, passphrase;  // PEM text
  std::string token;
  Path token_file;                   // read anew whenever Snowflake turns the token down
  std::string view = "CHURN.CHURN";  // "SCHEMA.NAME"; empty: none
  std::string pipe;                  // of churn_events
  bool has_scores = true, has_events = true;
  Retention retention;
  bool adds_columns = false;  // a customer's new column is added to tables that are there
  Path ca_file;               // certificates to trust instead of the system's
  std::chrono::milliseconds timeout{60'000};
};

Options snowflake_options();
// Everything but how to show who we are. No message holds a secret.
Result<SnowflakeSettings> snowflake_place_of(const Config& config);
// No message holds a secret.
Result<SnowflakeSettings> snowflake_settings_of(const Config& config);

}  // namespace churnstream
