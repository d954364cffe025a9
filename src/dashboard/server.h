// The web server of the page, and of the operators' figures: one thread for the network, and one for each
// kind of question that takes long. Every client of an event stream gets the newest snapshot when it comes
// and each one after it; a client that reads too slowly is given the newest and never a queue of old ones.
// publish() may be called from any thread.
//
// Everything that a client could make grow has an end: connections in all and of one address, event streams,
// head and body, the time for a whole request, for an answer and for taking it, the questions that wait.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"
#include "dashboard/page_request.h"

namespace churnstream {

struct TlsFiles {
  Path certificate;  // PEM, the chain behind it too
  Path key;          // PEM
};

struct ServerSettings {
  std::string listen = "127.0.0.1:8080";  // port 0: any free one
  std::string what = "the live page";     // is opened there, in messages
  bool others_may_see = false;            // addresses beyond this machine
  std::optional<TlsFiles> tls;
  std::string proxy_header;             // its value becomes PageRequest::proxy_user; empty: none
  std::size_t connections_max = 2'200;  // more are closed at once
  std::size_t connections_per_client =
      0;  // of one address beyond this machine; 0: no limit but the one above
  std::size_t event_clients_max = 2'000;
  std::size_t header_bytes_max = 8 * 1024;
  std::size_t body_bytes_max = 0;                         // 0: a request has no body here
  std::size_t bodies_bytes_max = 64 << 20;                // of all requests that are under way
  std::size_t waiting_max = 64;                           // questions before the store and before the scorer
  std::chrono::milliseconds idle_timeout{15'000};         // until a whole request has come
  std::chrono::milliseconds answer_timeout{10'000};       // until the store or the scorer has answered
  std::chrono::milliseconds slow_reader_timeout{20'000};  // until an answer or event has been taken
  std::chrono::milliseconds heartbeat{5'000};  // half of what the page waits before it says "stale"
};

class PageServer {
 public:
  virtual ~PageServer() = default;  // closes every connection and ends the threads
  // The newest snapshot, in place of the one before it.
  virtual void publish(std::uint64_t sequence, std::string json) = 0;
  // Reads the TLS files again. Connections from now on get them, open ones keep what they have. Wrong: they
  // cannot be used, and everybody keeps what there is. Any thread.
  virtual Result<void> renew_certificate() = 0;
  // "http://127.0.0.1:8080/", with the port that was really taken.
  virtual std::string address() const = 0;
};

// Who answers what.
struct ServerAnswers {
  // A whole request, given the newest snapshot; on the network thread.
  std::function<PageResponse(const PageRequest&, std::string_view snapshot)> answer;
  // A request's head, before its body is read; on the network thread. Empty: everybody is let in.
  std::function<std::optional<PageResponse>(const PageRequest&)> at_the_door;
  // What `answer` sends to another desk, each on a thread of its own. Empty: nothing is sent there.
  std::function<PageResponse(const PageRequest&)> store, scoring;
};

// Wrong for an address that is none, one that others could reach though they may not, and certificates that
// cannot be used.
Result<std::unique_ptr<PageServer>> start_server(const ServerSettings& settings, ServerAnswers answers);

// The answer to these bytes as they would come over a connection; for tests and random bytes.
PageResponse answer_to_bytes(std::string_view bytes, const ServerSettings& settings,
                             const ServerAnswers& answers, std::string_view snapshot);

}  // namespace churnstream
