// The web server of the page, and of the operators' figures: one thread. Every client of an event stream gets
// the newest snapshot when it comes and each one after it; a client that reads too slowly is given the newest
// and never a queue of old ones. publish() may be called from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
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
  std::string what = "the live page";     // is opened there, in messages
  bool others_may_see = false;  // addresses beyond this machine: only for what says nothing of customers
  std::size_t connections_max = 256;  // more are closed at once
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

// Answers a request, given the newest snapshot; called on the server's thread.
using PageAnswer = std::function<PageResponse(const PageRequest&, std::string_view snapshot)>;

Result<std::unique_ptr<PageServer>> start_server(const ServerSettings& settings, PageAnswer answer);

// The page's. An address that other machines could reach is refused: the page has no keys yet.
Result<std::unique_ptr<PageServer>> start_page_server(const ServerSettings& settings,
                                                      std::span<const PageFile> files);

PageAnswer page_answer(std::span<const PageFile> files);

// The answer to these bytes as they would come over a connection; for tests and random bytes.
PageResponse answer_to_bytes(std::string_view bytes, std::size_t header_bytes_max, const PageAnswer& answer,
                             std::string_view snapshot);

}  // namespace churnstream
