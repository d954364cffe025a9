// One HTTPS request and its answer; the one place that knows libcurl. Certificates and host names are
// checked, redirections are not followed, every wait has an end. One thread per object; the connection is
// kept.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sink/snowflake_error.h"
#include "sink/snowflake_settings.h"

namespace churnstream {

struct HttpRequest {
  const char* method = "GET";
  std::string url;
  std::vector<std::string> headers;  // "Name: value"
  std::string_view body;
};

struct HttpAnswer {
  long status = 0;
  std::string body;                          // unpacked, where it came compressed
  std::chrono::milliseconds retry_after{0};  // 0: not said
};

// What an HTTP status means where the body says nothing better: 429 and 503 pass, another 5xx may hide that
// it happened, the rest is ours to mend.
SnowflakeTrouble snowflake_trouble(long status);

class SnowflakeHttp {
 public:
  explicit SnowflakeHttp(const SnowflakeSettings& settings);
  ~SnowflakeHttp();
  SnowflakeHttp(const SnowflakeHttp&) = delete;

  // Any status is an answer. `passing`: nothing was sent; `unknown`: something was, and no whole answer came
  // within `patience`; `broken`: the server is not who it should be.
  SnowflakeResult<HttpAnswer> send(const HttpRequest& request, std::chrono::milliseconds patience);

  // Text as a part of a path or a query.
  static std::string escaped(std::string_view text);

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

}  // namespace churnstream
