#include "dashboard/http_bytes.h"

#include <algorithm>

#include "dashboard/api_answer.h"

namespace churnstream {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;

constexpr std::size_t kMethodLettersMax = 16;

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

std::uint64_t announced_bytes(const RequestParser& parser, const ServerSettings& settings) {
  if (parser.chunked()) return std::max<std::uint64_t>(1, settings.body_bytes_max);
  return parser.content_length().value_or(0);
}

// What stands where a target would, in bytes that are perhaps no request.
std::string_view target_in(std::string_view bytes) {
  const std::size_t space = bytes.substr(0, kMethodLettersMax).find(' ');
  return space == std::string_view::npos ? std::string_view() : bytes.substr(space + 1);
}

}  // namespace

void set_limits(RequestParser& parser, const ServerSettings& settings) {
  parser.header_limit(static_cast<std::uint32_t>(settings.header_bytes_max));
  parser.body_limit(settings.body_bytes_max);
}

PageRequest request_of(const RequestParser& parser, const ServerSettings& settings, std::string_view client) {
  const auto& request = parser.get();
  return {
      .method = view(request.method_string()),
      .target = view(request.target()),
      .host = view(request[http::field::host]),
      .accept_encoding = view(request[http::field::accept_encoding]),
      .if_none_match = view(request[http::field::if_none_match]),
      .content_type = view(request[http::field::content_type]),
      .authorization = view(request[http::field::authorization]),
      .cookie = view(request[http::field::cookie]),
      .origin = view(request[http::field::origin]),
      .fetch_site = view(request["Sec-Fetch-Site"]),
      .proxy_user = settings.proxy_header.empty() ? std::string_view() : view(request[settings.proxy_header]),
      .client = client,
      .body = request.body(),
      .body_bytes = announced_bytes(parser, settings)};
}

std::optional<PageResponse> trouble_with(const RequestParser& parser, const ServerSettings& settings) {
  const auto& request = parser.get();
  const auto away = [&](unsigned status, std::string_view title, std::string_view sentence) {
    return turned_away(view(request.target()), status, title, sentence);
  };
  if (request.count(http::field::host) > 1)
    return away(400, "Two hosts", "The request names more than one host.");
  if (!settings.proxy_header.empty() && request.count(settings.proxy_header) > 1)
    return away(400, "Two users", "The proxy's header came more than once.");
  if (settings.body_bytes_max == 0 && announced_bytes(parser, settings) > 0)
    return away(413, "Body not wanted", "A request has no body here.");
  return std::nullopt;
}

PageResponse answer_to_trouble(const RequestParser& parser, boost::asio::const_buffer bytes,
                               boost::system::error_code error) {
  const std::string_view known = view(parser.get().target());
  const std::string_view target =
      known.empty() ? target_in({static_cast<const char*>(bytes.data()), bytes.size()}) : known;
  if (error == http::error::header_limit)
    return turned_away(target, 431, "Head too long", "The request's head is too long.");
  if (error == http::error::body_limit)
    return turned_away(target, 413, "Body too long", "The request's body is longer than this server takes.");
  return turned_away(target, 400, "Not understood", "This is no request we understand.");
}

std::string head_text(const PageResponse& response, unsigned version, bool keep_alive) {
  const beast::string_view reason = http::obsolete_reason(http::int_to_status(response.status));
  std::string head = version == 10 ? "HTTP/1.0 " : "HTTP/1.1 ";
  head += std::to_string(response.status) + " ";
  head.append(reason.data(), reason.size());
  head += "\r\n";
  for (const auto& [name, value] : response.headers) {
    head += name;
    head += ": ";
    head += value;
    head += "\r\n";
  }
  if (!response.is_event_stream && response.status != 304)
    head += "Content-Length: " + std::to_string(response.content_length) + "\r\n";
  if (!keep_alive) head += "Connection: close\r\n";
  if (keep_alive && version == 10) head += "Connection: keep-alive\r\n";
  head += "\r\n";
  return head;
}

}  // namespace churnstream
