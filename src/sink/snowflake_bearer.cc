#include "sink/snowflake_bearer.h"

namespace churnstream {

SnowflakeResult<HttpAnswer> send_with_bearer(SnowflakeHttp& http, HttpRequest request,
                                             std::chrono::milliseconds patience,
                                             const SnowflakeBearers& bearers) {
  const std::vector<std::string> given = std::move(request.headers);
  for (bool is_again = false;; is_again = true) {
    const SnowflakeResult<SnowflakeBearer> bearer = bearers.next(request);
    if (!bearer) return tl::make_unexpected(bearer.error());
    request.headers = given;
    request.headers.push_back("Accept: application/json");
    request.headers.push_back("Authorization: Bearer " + bearer->token);
    request.headers.push_back(std::string("X-Snowflake-Authorization-Token-Type: ") + bearer->type);
    auto answer = http.send(request, patience);
    if (!answer || answer->status != 401) return answer;
    bearers.renew();
    if (is_again) return answer;
  }
}

SnowflakeResult<HttpAnswer> send_with_bearer(SnowflakeHttp& http, HttpRequest request,
                                             std::chrono::milliseconds patience, SnowflakeLogin& login) {
  const auto next = [&login](HttpRequest&) -> SnowflakeResult<SnowflakeBearer> {
    Result<std::string> token = login.token();
    if (!token) return snowflake_failed(SnowflakeTrouble::broken, token.error().message);
    return SnowflakeBearer{*std::move(token), login.type()};
  };
  return send_with_bearer(http, std::move(request), patience, {next, [&login] { login.renew(); }});
}

}  // namespace churnstream
