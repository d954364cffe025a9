// Statements by Snowflake's SQL API, version 2 (docs/formats/snowflake.md, "SQL API"): sent, waited for,
// their rows read. A statement whose answer was lost keeps its request id: the same statement sent again is
// then sent as its retry, and Snowflake answers with what became of the first one. One thread per object.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sink/snowflake_error.h"
#include "sink/snowflake_http.h"
#include "sink/snowflake_login.h"

namespace churnstream {

// Rows of texts; nothing is NULL.
using SnowflakeRows = std::vector<std::vector<std::optional<std::string>>>;

class SnowflakeStatements {
 public:
  // Needs: `settings` and `login` outlive it.
  SnowflakeStatements(const SnowflakeSettings& settings, SnowflakeLogin& login);

  // Runs one statement, `?` standing for each of the texts. A statement that takes longer than the time-out
  // is cancelled.
  SnowflakeResult<SnowflakeRows> run(const std::string& sql, const std::vector<std::string>& bindings = {});

 private:
  struct Unanswered {
    std::size_t content = 0;  // hash of the request's body
    std::string request_id;
  };
  SnowflakeResult<HttpAnswer> ask(HttpRequest request);
  SnowflakeResult<HttpAnswer> wait_for(HttpAnswer answer);
  SnowflakeResult<SnowflakeRows> rows_of(const std::string& body);
  void write_body(const std::string& sql, const std::vector<std::string>& bindings);

  const SnowflakeSettings& settings_;
  SnowflakeLogin& login_;
  SnowflakeHttp http_;
  const std::string url_;
  std::string body_;  // kept for its memory
  std::optional<Unanswered> unanswered_;
};

// 'text' with what it takes to be a text there, where a backslash says something.
std::string snowflake_text(std::string_view text);

}  // namespace churnstream
