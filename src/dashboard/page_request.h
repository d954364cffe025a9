// A request as the page's server hands it to whoever answers, and the answer. Plain values, no socket: tests
// and random bytes make them too.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace churnstream {

// Views into the bytes that were read; they live until the answer was given. A header that was not sent is
// empty.
struct PageRequest {
  std::string_view method;
  std::string_view target;  // as sent; dashboard/query.h takes it apart
  std::string_view host;
  std::string_view accept_encoding;
  std::string_view if_none_match;
  std::string_view content_type;
  std::string_view authorization;
  std::string_view cookie;
  std::string_view origin;
  std::string_view fetch_site;  // Sec-Fetch-Site
  std::string_view proxy_user;  // of the header that a proxy before us puts there
  std::string_view client;      // the address it came from, without port
  std::string_view body;
  std::uint64_t body_bytes = 0;  // as announced, before it has come; the most there may be where nobody says
};

// Who answers: the server's own thread has no time for a store or for many rows.
enum class Desk : std::uint8_t { here, store, scoring };

struct PageResponse {
  unsigned status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;  // empty for HEAD, with the length of what GET would send in content_length
  std::size_t content_length = 0;
  bool is_event_stream = false;  // after the headers the server sends events for as long as the client stays
  Desk desk = Desk::here;        // elsewhere: nothing above counts, the request is answered there
};

}  // namespace churnstream
