// What the page's server answers, as a pure function of the request: no socket, no clock, no state, so that
// tests and random bytes can ask it anything. Safe from many threads.
//
// Only GET and HEAD, only the addresses below, only under a name of this machine: a page on some other site
// that makes its name point here (DNS rebinding) sends its own name in Host and is turned away.
//
//   /                 the page, and /page.css, /js/... : the embedded files, gzip where taken, with an ETag
//   /api/v1/summary   the newest snapshot, as JSON
//   /api/v1/events    the snapshots as they come, as server-sent events
//   /healthz          "ok"
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dashboard/page_files.h"

namespace churnstream {

// Views into the bytes that were read. A header that was not sent is empty.
struct PageRequest {
  std::string_view method;
  std::string_view target;  // as sent; is not decoded, since none of our addresses needs it
  std::string_view host;
  std::string_view accept_encoding;
  std::string_view if_none_match;
};

struct PageResponse {
  unsigned status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;  // empty for HEAD, with the length of what GET would send in content_length
  std::size_t content_length = 0;
  bool is_event_stream = false;  // after the headers the server sends events for as long as the client stays
};

// `snapshot` is the newest snapshot's JSON.
PageResponse answer(const PageRequest& request, std::span<const PageFile> files, std::string_view snapshot);

// An answer without a request behind it, for what the server itself has to turn away (431, 400).
PageResponse refusal(unsigned status, std::string_view sentence);

// Whether a Host header names this machine: localhost, 127.0.0.1 or [::1], with any port, since a tunnel
// (ssh -L) changes it and the name is what rebinding cannot forge.
bool names_this_machine(std::string_view host);

}  // namespace churnstream
