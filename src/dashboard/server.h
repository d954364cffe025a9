// The page's own web server: one thread, this machine only. Every client of /api/v1/events gets the newest
// snapshot when it comes and each one after it; a client that reads too slowly is given the newest and never
// a queue of old ones. Made and ended by the dashboard; publish() may be called from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "dashboard/page_files.h"
#include "dashboard/request_handler.h"

namespace churnstream {

struct ServerSettings {
  std::string listen = "127.0.0.1:8080";  // port 0: any free one
  std::size_t connections_max = 256;      // more are closed at once
  std::size_t header_bytes_max = 8 * 1024;
  std::chrono::milliseconds idle_timeout{15'000};         // until a whole request has come
  std::chrono::milliseconds slow_reader_timeout{20'000};  // until an answer or event has been taken
  std::chrono::milliseconds heartbeat{5'000};  // half of what the page waits before it says "stale"
};

class PageServer {
 public:
  virtual ~PageServer() = default;  // closes every connection and ends the thread
  // The newest snapshot, in place of the one before it.
  virtual void publish(std::uint64_t sequence, std::string json) = 0;
  // "http://127.0.0.1:8080/", with the port that was really taken.
  virtual std::string address() const = 0;
};

// An address that other machines could reach is refused: the page has no keys yet.
Result<std::unique_ptr<PageServer>> start_page_server(const ServerSettings& settings,
                                                      std::span<const PageFile> files);

// The answer to these bytes as they would come over a connection; for tests and random bytes.
PageResponse answer_to_bytes(std::string_view bytes, std::size_t header_bytes_max,
                             std::span<const PageFile> files, std::string_view snapshot);

}  // namespace churnstream
