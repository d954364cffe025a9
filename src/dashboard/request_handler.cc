#include "dashboard/request_handler.h"

#include <algorithm>
#include <cctype>

namespace churnstream {
namespace {

// The page loads nothing from anywhere but here, runs no inline script and no inline style, and stays out of
// frames.
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return out;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// Calls `visit` with each trimmed part of a comma-separated header until it says true.
template <typename Visit>
bool any_part(std::string_view header, Visit visit) {
  while (!header.empty()) {
    const std::size_t comma = header.find(',');
    if (visit(trimmed(header.substr(0, comma)))) return true;
    header = comma == std::string_view::npos ? std::string_view() : header.substr(comma + 1);
  }
  return false;
}

// "gzip" or "gzip;q=0.5", but not "gzip;q=0".
bool takes_gzip(std::string_view accept_encoding) {
  return any_part(accept_encoding, [](std::string_view part) {
    const std::size_t semicolon = part.find(';');
    if (lower(trimmed(part.substr(0, semicolon))) != "gzip") return false;
    if (semicolon == std::string_view::npos) return true;
    const std::string weight = lower(trimmed(part.substr(semicolon + 1)));
    return !(weight.starts_with("q=0") && weight.find_first_not_of("0.", 2) == std::string::npos);
  });
}

bool is_known_already(std::string_view if_none_match, std::string_view tag) {
  return any_part(if_none_match, [&](std::string_view part) {
    if (part.starts_with("W/")) part.remove_prefix(2);
    return part == "*" || part == tag;
  });
}

PageResponse response(unsigned status, std::string_view content_type, std::string body,
                      std::string_view caching) {
  PageResponse answer;
  answer.status = status;
  answer.headers = {{"Content-Type", std::string(content_type)},
                    {"Cache-Control", std::string(caching)},
                    {"Content-Security-Policy", std::string(kContentSecurityPolicy)},
                    {"X-Content-Type-Options", "nosniff"},
                    {"X-Frame-Options", "DENY"},
                    {"Referrer-Policy", "no-referrer"},
                    {"Cross-Origin-Resource-Policy", "same-origin"},
                    {"Cross-Origin-Opener-Policy", "same-origin"}};
  answer.content_length = body.size();
  answer.body = std::move(body);
  return answer;
}

PageResponse answer_with_file(const PageRequest& request, const PageFile& file) {
  const bool packed = takes_gzip(request.accept_encoding);
  const std::string tag = "\"" + std::string(file.tag) + (packed ? "-gzip\"" : "\"");
  std::string body;
  if (packed) {
    body.assign(reinterpret_cast<const char*>(file.gzip.data()), file.gzip.size());
  } else {
    Result<std::string> plain = unpacked(file);
    if (!plain) return refusal(500, plain.error().message);
    body = std::move(*plain);
  }
  const bool known = is_known_already(request.if_none_match, tag);
  PageResponse answer =
      response(known ? 304 : 200, file.content_type, known ? std::string() : std::move(body), "no-cache");
  answer.headers.emplace_back("ETag", tag);
  answer.headers.emplace_back("Vary", "Accept-Encoding");
  if (packed && !known) answer.headers.emplace_back("Content-Encoding", "gzip");
  return answer;
}

PageResponse answer_to_get(const PageRequest& request, std::span<const PageFile> files,
                           std::string_view snapshot) {
  const std::string_view path = request.target.substr(0, request.target.find('?'));
  if (path == "/api/v1/summary") return response(200, "application/json", std::string(snapshot), "no-store");
  if (path == "/healthz") return response(200, "text/plain; charset=utf-8", "ok\n", "no-store");
  if (path == "/api/v1/events") {
    PageResponse answer = response(200, "text/event-stream", {}, "no-store");
    answer.is_event_stream = true;
    return answer;
  }
  const auto file =
      std::find_if(files.begin(), files.end(), [&](const PageFile& one) { return one.address == path; });
  if (file == files.end()) return refusal(404, "There is nothing under this address.");
  return answer_with_file(request, *file);
}

}  // namespace

bool names_this_machine(std::string_view host) {
  // "[::1]:80" ends its name at the bracket, the others at the colon.
  const std::size_t end = host.starts_with('[') ? host.find(']') + 1 : std::min(host.find(':'), host.size());
  const std::string name = lower(host.substr(0, end));
  const std::string_view rest = host.substr(std::min(end, host.size()));
  if (name != "localhost" && name != "127.0.0.1" && name != "[::1]") return false;
  if (rest.empty()) return true;
  return rest.size() >= 2 && rest.size() <= 6 && rest.front() == ':' &&
         rest.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

PageResponse refusal(unsigned status, std::string_view sentence) {
  return response(status, "text/plain; charset=utf-8", std::string(sentence) + "\n", "no-store");
}

PageResponse answer(const PageRequest& request, std::span<const PageFile> files, std::string_view snapshot) {
  if (request.host.empty()) return refusal(400, "The request names no host.");
  if (!names_this_machine(request.host))
    return refusal(421, "This page is served under localhost, 127.0.0.1 and [::1] only.");
  if (request.method != "GET" && request.method != "HEAD") {
    PageResponse turned_away = refusal(405, "Only GET and HEAD are answered here.");
    turned_away.headers.emplace_back("Allow", "GET, HEAD");
    return turned_away;
  }
  PageResponse answer = answer_to_get(request, files, snapshot);
  if (request.method == "HEAD") answer.body.clear(), answer.is_event_stream = false;
  return answer;
}

}  // namespace churnstream
