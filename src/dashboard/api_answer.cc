#include "dashboard/api_answer.h"

#include <zlib.h>

#include <optional>

#include "base/base64.h"
#include "base/json_text.h"
#include "base/sha256.h"
#include "dashboard/header_text.h"

namespace churnstream {
namespace {

constexpr std::size_t kTagDigits = 20;

// Nothing where zlib does not start: the plain body will do.
std::optional<std::string> gzipped(const std::string& plain) {
  z_stream stream{};
  constexpr int kGzipWindow = 15 + 16;  // zlib's way to say: the largest window, with a gzip header
  constexpr int kMemoryLevel = 8;       // zlib's default
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK)
    return std::nullopt;
  std::string packed(deflateBound(&stream, static_cast<uLong>(plain.size())), '\0');
  stream.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(plain.data()));  // zlib only reads it
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<unsigned char*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int end = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (end != Z_STREAM_END) return std::nullopt;
  return packed;
}

// "Row refused" becomes "row-refused".
std::string slug(std::string_view title) {
  std::string out = lower_of(title);
  std::replace(out.begin(), out.end(), ' ', '-');
  return out;
}

std::string source(std::string_view digest) {
  return digest.empty() ? "'self'" : "'self' 'sha256-" + base64_of(digest) + "'";
}

}  // namespace

// The page loads nothing from anywhere but here and stays out of frames. Its one form is that of the login.
std::string content_security_policy(std::string_view script, std::string_view style) {
  return "default-src 'none'; script-src " + source(script) + "; style-src " + source(style) +
         "; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors "
         "'none'";
}

PageResponse plain_response(unsigned status, std::string_view content_type, std::string body,
                            std::string_view caching) {
  static const std::string policy = content_security_policy({}, {});
  PageResponse answer;
  answer.status = status;
  answer.headers = {{"Content-Type", std::string(content_type)},
                    {"Cache-Control", std::string(caching)},
                    {"Content-Security-Policy", policy},
                    {"X-Content-Type-Options", "nosniff"},
                    {"X-Frame-Options", "DENY"},
                    {"Referrer-Policy", "no-referrer"},
                    {"Cross-Origin-Resource-Policy", "same-origin"},
                    {"Cross-Origin-Opener-Policy", "same-origin"}};
  answer.content_length = body.size();
  answer.body = std::move(body);
  return answer;
}

PageResponse json_answer(const PageRequest& request, std::string json) {
  const bool packed = json.size() >= kGzipFrom && takes_gzip(request.accept_encoding);
  const std::string tag = "\"" + sha256_hex(json).substr(0, kTagDigits) + (packed ? "-gzip\"" : "\"");
  const bool known = is_known_already(request.if_none_match, tag);
  std::optional<std::string> small;
  if (packed && !known) small = gzipped(json);
  std::string body = known ? std::string() : small.value_or(json);
  PageResponse answer =
      plain_response(known ? 304 : 200, "application/json", std::move(body), "private, no-cache");
  answer.headers.emplace_back("ETag", tag);
  answer.headers.emplace_back("Vary", "Accept-Encoding");
  if (small) answer.headers.emplace_back("Content-Encoding", "gzip");
  return answer;
}

PageResponse problem(unsigned status, std::string_view title, std::string_view detail) {
  std::string json = "{\"type\":";
  append_json_text(json, "urn:churnstream:problem:" + slug(title));
  json += ",\"title\":";
  append_json_text(json, title);
  json += ",\"status\":" + std::to_string(status) + ",\"detail\":";
  append_json_text(json, detail);
  json += "}\n";
  return plain_response(status, "application/problem+json", std::move(json), "no-store");
}

PageResponse problem_for_now(unsigned status, std::string_view title, std::string_view detail,
                             unsigned retry_after_s) {
  PageResponse answer = problem(status, title, detail);
  answer.headers.emplace_back("Retry-After", std::to_string(retry_after_s));
  return answer;
}

PageResponse refusal(unsigned status, std::string_view sentence) {
  return plain_response(status, "text/plain; charset=utf-8", std::string(sentence) + "\n", "no-store");
}

PageResponse turned_away(std::string_view target, unsigned status, std::string_view title,
                         std::string_view sentence) {
  return is_api(target) ? problem(status, title, sentence) : refusal(status, sentence);
}

bool is_api(std::string_view target) { return target.starts_with("/api/"); }

bool takes_gzip(std::string_view accept_encoding) {
  return any_part(accept_encoding, ',', [](std::string_view part) {
    const std::size_t semicolon = part.find(';');
    if (lower_of(without_blanks(part.substr(0, semicolon))) != "gzip") return false;
    if (semicolon == std::string_view::npos) return true;
    const std::string weight = lower_of(without_blanks(part.substr(semicolon + 1)));
    return !(weight.starts_with("q=0") && weight.find_first_not_of("0.", 2) == std::string::npos);
  });
}

bool is_known_already(std::string_view if_none_match, std::string_view tag) {
  return any_part(if_none_match, ',', [&](std::string_view part) {
    if (part.starts_with("W/")) part.remove_prefix(2);
    return part == "*" || part == tag;
  });
}

}  // namespace churnstream
