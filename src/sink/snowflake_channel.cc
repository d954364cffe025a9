#include "sink/snowflake_channel.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sink/snowflake_bearer.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using Trouble = SnowflakeTrouble;

constexpr std::chrono::milliseconds kAnswerWithin = 60s;
constexpr const char* kStale = "STALE_CONTINUATION_TOKEN_SEQUENCER";

std::string text_at(const json& object, const char* name) {
  if (!object.is_object()) return {};
  const auto there = object.find(name);
  return there != object.end() && there->is_string() ? there->get<std::string>() : std::string();
}

std::int64_t number_at(const json& object, const char* name) {
  if (!object.is_object()) return 0;
  const auto there = object.find(name);
  return there != object.end() && there->is_number_integer() ? there->get<std::int64_t>() : 0;
}

// An answer that is one text, or an object with it: the service has given both.
std::string text_or_field(const std::string& body, const char* field) {
  const json parsed = json::parse(body, nullptr, false);
  if (parsed.is_object()) {
    const std::string value = text_at(parsed, field);
    return value.empty() ? text_at(parsed, "access_token") : value;
  }
  std::string text = parsed.is_string() ? parsed.get<std::string>() : body;
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
  return text;
}

// A host and perhaps a port: it is where our token goes.
bool is_host(const std::string& text) {
  return !text.empty() && text.size() <= 255 &&
         std::all_of(text.begin(), text.end(), [](unsigned char letter) {
           return std::isalnum(letter) != 0 || letter == '-' || letter == '.' || letter == ':';
         });
}

SnowflakeChannelStatus status_of(const json& object) {
  SnowflakeChannelStatus status;
  status.offset_token = text_at(object, "last_committed_offset_token");
  // An open channel and the bulk status name the same count differently.
  status.rows_refused = std::max(number_at(object, "rows_error_count"), number_at(object, "rows_errors"));
  status.last_error = text_at(object, "last_error_message");
  return status;
}

SnowflakeError error_of(const HttpAnswer& answer) {
  const json body = json::parse(answer.body, nullptr, false);
  const std::string code = text_at(body, "code");
  SnowflakeError error{snowflake_trouble(answer.status), {}, answer.retry_after};
  error.message = code.empty()
                      ? fmt::format("Snowpipe Streaming answers {}", answer.status)
                      : fmt::format("Snowpipe Streaming answers {}: {}", code, text_at(body, "message"));
  if (code == kStale)
    error.trouble = Trouble::taken;
  else if (answer.status == 409 || code.starts_with("ERR_CHANNEL") || code == "STALE_PIPE_CACHE")
    error.trouble = Trouble::passing;  // opening it anew is what Snowflake asks for
  return error;
}

SnowflakeResult<std::string> text_of(SnowflakeResult<HttpAnswer> answer) {
  if (!answer) return tl::make_unexpected(answer.error());
  if (answer->status != 200) return tl::make_unexpected(error_of(*answer));
  return std::move(answer->body);
}

}  // namespace

SnowflakeChannels::SnowflakeChannels(const SnowflakeSettings& settings, SnowflakeLogin& login)
    : settings_(settings), login_(login), http_(settings) {}

SnowflakeResult<void> SnowflakeChannels::connect() {
  const auto said = ask_account({"GET", settings_.url + "/v2/streaming/hostname", {}, {}});
  if (!said) return tl::make_unexpected(said.error());
  std::string host = text_or_field(*said, "hostname");
  for (char& letter : host)
    letter = letter == '_' ? '-' : letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
  if (!is_host(host)) return snowflake_failed(Trouble::broken, "Snowflake's answer names no ingest host");
  const std::string form = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&scope=" +
                           SnowflakeHttp::escaped(host);
  const auto token = ask_account(
      {"POST", settings_.url + "/oauth/token", {"Content-Type: application/x-www-form-urlencoded"}, form});
  if (!token) return tl::make_unexpected(token.error());
  token_ = text_or_field(*token, "token");
  if (token_.empty() || token_.find_first_of("\r\n") != std::string::npos)
    return snowflake_failed(Trouble::broken, "Snowflake's answer holds no token for the ingest host");
  // Plain http never leaves this machine, whatever the answer is.
  host_ = settings_.url.starts_with("http://") ? settings_.url : "https://" + host;
  return {};
}

SnowflakeResult<SnowflakeChannel> SnowflakeChannels::open(const std::string& name) {
  const auto said = ask({"PUT", channel_path(name), {"Content-Type: application/json"}, "{}"});
  if (!said) return tl::make_unexpected(said.error());
  const json answer = json::parse(*said, nullptr, false);
  SnowflakeChannel channel{name, text_at(answer, "next_continuation_token"), {}};
  if (channel.continuation_token.empty())
    return snowflake_failed(Trouble::unknown, "the answer to opening a channel holds no continuation token");
  if (answer.contains("channel_status")) channel.status = status_of(answer["channel_status"]);
  return channel;
}

SnowflakeResult<void> SnowflakeChannels::append(SnowflakeChannel& channel, std::string_view rows,
                                                const std::string& first_token,
                                                const std::string& last_token) {
  packed_.clear();
  gzip_.append(packed_, rows);
  // offsetToken is what earlier versions of the service call endOffsetToken.
  const std::string path =
      fmt::format("{}/rows?continuationToken={}&offsetToken={}&startOffsetToken={}&endOffsetToken={}",
                  channel_path(channel.name), SnowflakeHttp::escaped(channel.continuation_token),
                  SnowflakeHttp::escaped(last_token), SnowflakeHttp::escaped(first_token),
                  SnowflakeHttp::escaped(last_token));
  const auto said = ask({"POST",
                         "/v2/streaming/data" + path.substr(std::string_view("/v2/streaming").size()),
                         {"Content-Type: application/x-ndjson", "Content-Encoding: gzip"},
                         packed_});
  if (!said) return tl::make_unexpected(said.error());
  channel.continuation_token = text_at(json::parse(*said, nullptr, false), "next_continuation_token");
  if (channel.continuation_token.empty())
    return snowflake_failed(Trouble::unknown, "the answer to rows holds no continuation token");
  return {};
}

SnowflakeResult<std::optional<SnowflakeChannelStatus>> SnowflakeChannels::find(const std::string& name) {
  const std::string path = channel_path(name);
  const std::string body = json({{"channel_names", {name}}}).dump();
  const auto said = ask({"POST",
                         path.substr(0, path.rfind("/channels/")) + ":bulk-channel-status",
                         {"Content-Type: application/json"},
                         body});
  if (!said) return tl::make_unexpected(said.error());
  const json answer = json::parse(*said, nullptr, false);
  if (answer.is_object() && answer.contains("channel_statuses") && answer["channel_statuses"].is_object())
    for (const auto& [key, status] : answer["channel_statuses"].items())
      if (key == name) return status_of(status);
  return std::nullopt;
}

SnowflakeResult<SnowflakeChannelStatus> SnowflakeChannels::status(const std::string& name) {
  auto found = find(name);
  if (!found) return tl::make_unexpected(found.error());
  if (!*found) return snowflake_failed(Trouble::passing, "the channel is not there any more");
  return **std::move(found);
}

// A request to the ingest host.
SnowflakeResult<std::string> SnowflakeChannels::ask(HttpRequest request) {
  const auto next = [this, path = request.url](HttpRequest& sent) -> SnowflakeResult<SnowflakeBearer> {
    if (token_.empty())
      if (const auto connected = connect(); !connected) return tl::make_unexpected(connected.error());
    sent.url = host_ + path;
    return SnowflakeBearer{token_, "OAUTH"};
  };
  return text_of(
      send_with_bearer(http_, std::move(request), kAnswerWithin, {next, [this] { token_.clear(); }}));
}

// A request to the account with our own token.
SnowflakeResult<std::string> SnowflakeChannels::ask_account(HttpRequest request) {
  return text_of(send_with_bearer(http_, std::move(request), kAnswerWithin, login_));
}

std::string SnowflakeChannels::channel_path(const std::string& name) const {
  return fmt::format("/v2/streaming/databases/{}/schemas/{}/pipes/{}/channels/{}",
                     SnowflakeHttp::escaped(settings_.database), SnowflakeHttp::escaped(settings_.schema),
                     SnowflakeHttp::escaped(settings_.pipe), SnowflakeHttp::escaped(name));
}

}  // namespace churnstream
