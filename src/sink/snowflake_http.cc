#include "sink/snowflake_http.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace churnstream {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kConnectWithin = 10s;
constexpr std::size_t kAnswerBytesMax = 64 << 20;  // unpacked; a partition of a result is a tenth of it
constexpr std::chrono::seconds kRetryAfterMax = 5min;
constexpr long kIdleSecondsMax = 30;  // less than what load balancers grant a kept connection

struct HeaderList {
  ~HeaderList() { curl_slist_free_all(first); }
  void add(const std::string& header) { first = curl_slist_append(first, header.c_str()); }
  curl_slist* first = nullptr;
};

std::size_t take_body(char* bytes, std::size_t, std::size_t count, void* out) {
  auto& body = *static_cast<std::string*>(out);
  if (body.size() + count > kAnswerBytesMax) return 0;  // libcurl gives up
  body.append(bytes, count);
  return count;
}

std::chrono::milliseconds retry_after(CURL* curl) {
  curl_off_t seconds = 0;
  curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &seconds);
  return std::clamp<std::chrono::seconds>(std::chrono::seconds(seconds), 0s, kRetryAfterMax);
}

// libcurl sends a request again by itself when a kept connection ends before the answer begins. A body that
// it cannot wind back keeps it from doing so once any of it has left: whether to repeat is for the caller to
// say.
std::size_t give_body(char* out, std::size_t, std::size_t count, void* left) {
  auto& body = *static_cast<std::string_view*>(left);
  const std::size_t taken = body.copy(out, count);
  body.remove_prefix(taken);
  return taken;
}

bool is_untrusted(CURLcode code) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT: return true;
    default: return false;
  }
}

}  // namespace

SnowflakeTrouble snowflake_trouble(long status) {
  if (status == 408 || status == 429 || status == 503) return SnowflakeTrouble::passing;
  return status >= 500 ? SnowflakeTrouble::unknown : SnowflakeTrouble::broken;
}

struct SnowflakeHttp::Handle {
  CURL* curl = curl_easy_init();
  char words[CURL_ERROR_SIZE] = {};
  ~Handle() { curl_easy_cleanup(curl); }

  template <typename Value>
  void set(CURLoption option, Value value) {
    insist(curl_easy_setopt(curl, option, value) == CURLE_OK, "libcurl knows its options");
  }
};

SnowflakeHttp::SnowflakeHttp(const SnowflakeSettings& settings) : handle_(std::make_unique<Handle>()) {
  static const CURLcode kReady = curl_global_init(CURL_GLOBAL_DEFAULT);
  insist(kReady == CURLE_OK && handle_->curl != nullptr, "libcurl starts");
  Handle& handle = *handle_;
  handle.set(CURLOPT_NOSIGNAL, 1L);
  handle.set(CURLOPT_ERRORBUFFER, handle.words);
  handle.set(CURLOPT_PROTOCOLS_STR, settings.url.starts_with("http://") ? "http" : "https");
  handle.set(CURLOPT_NOPROXY, "127.0.0.1,localhost,::1");
  handle.set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  handle.set(CURLOPT_SSL_VERIFYPEER, 1L);
  handle.set(CURLOPT_SSL_VERIFYHOST, 2L);
  if (!settings.ca_file.empty()) handle.set(CURLOPT_CAINFO, settings.ca_file.c_str());
  handle.set(CURLOPT_ACCEPT_ENCODING, "gzip");
  handle.set(CURLOPT_USERAGENT, "churnstream/1");
  handle.set(CURLOPT_TCP_KEEPALIVE, 1L);
  handle.set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(kConnectWithin.count()));
  handle.set(CURLOPT_MAXAGE_CONN, kIdleSecondsMax);
  handle.set(CURLOPT_WRITEFUNCTION, &take_body);
  handle.set(CURLOPT_READFUNCTION, &give_body);
}

SnowflakeHttp::~SnowflakeHttp() = default;

SnowflakeResult<HttpAnswer> SnowflakeHttp::send(const HttpRequest& request,
                                                std::chrono::milliseconds patience) {
  Handle& handle = *handle_;
  HttpAnswer answer;
  HeaderList headers;
  headers.add("Expect:");  // no question before the body: it costs a round trip
  for (const std::string& header : request.headers) headers.add(header);
  handle.set(CURLOPT_URL, request.url.c_str());
  handle.set(CURLOPT_HTTPHEADER, headers.first);
  handle.set(CURLOPT_TIMEOUT_MS, static_cast<long>(patience.count()));
  handle.set(CURLOPT_WRITEDATA, &answer.body);
  std::string_view left = request.body;
  const bool has_body =
      std::string_view(request.method) != "GET" && std::string_view(request.method) != "DELETE";
  if (has_body) {
    handle.set(CURLOPT_POST, 1L);
    handle.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    handle.set(CURLOPT_READDATA, &left);
  } else {
    handle.set(CURLOPT_HTTPGET, 1L);
  }
  handle.set(CURLOPT_CUSTOMREQUEST, request.method);
  handle.words[0] = '\0';
  const CURLcode code = curl_easy_perform(handle.curl);
  handle.set(CURLOPT_HTTPHEADER, static_cast<curl_slist*>(nullptr));
  if (code == CURLE_OK) {
    curl_easy_getinfo(handle.curl, CURLINFO_RESPONSE_CODE, &answer.status);
    answer.retry_after = retry_after(handle.curl);
    return answer;
  }
  long sent = 0;
  curl_easy_getinfo(handle.curl, CURLINFO_REQUEST_SIZE, &sent);
  const std::string words = code == CURLE_SEND_FAIL_REWIND ? "the connection ended before the answer came"
                            : handle.words[0] != '\0'      ? handle.words
                                                           : curl_easy_strerror(code);
  if (is_untrusted(code)) return snowflake_failed(SnowflakeTrouble::broken, words);
  return snowflake_failed(sent > 0 ? SnowflakeTrouble::unknown : SnowflakeTrouble::passing, words);
}

std::string SnowflakeHttp::escaped(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    const bool is_plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                          (byte >= 'a' && byte <= 'z') || letter == '-' || letter == '_' || letter == '.' ||
                          letter == '~';
    out += is_plain ? std::string(1, letter) : fmt::format("%{:02X}", byte);
  }
  return out;
}

}  // namespace churnstream
