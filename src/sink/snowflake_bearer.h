// A request with a token that shows who we are; one that is turned down is made anew, once. One thread at a
// time.
#pragma once

#include <functional>

#include "sink/snowflake_http.h"
#include "sink/snowflake_login.h"

namespace churnstream {

struct SnowflakeBearer {
  std::string token;
  const char* type;  // what X-Snowflake-Authorization-Token-Type says
};

// Where the token comes from. Asked for each sending; it may change the request's address, too.
struct SnowflakeBearers {
  std::function<SnowflakeResult<SnowflakeBearer>(HttpRequest& request)> next;
  std::function<void()> renew;  // this one was turned down
};

// As SnowflakeHttp::send. An answer of 401 is the second one.
SnowflakeResult<HttpAnswer> send_with_bearer(SnowflakeHttp& http, HttpRequest request,
                                             std::chrono::milliseconds patience,
                                             const SnowflakeBearers& bearers);
// With our own token. `broken`, too, when there is none to be had.
SnowflakeResult<HttpAnswer> send_with_bearer(SnowflakeHttp& http, HttpRequest request,
                                             std::chrono::milliseconds patience, SnowflakeLogin& login);

}  // namespace churnstream
