// One client of the server, and what all of them share. Everything here is touched on the network thread
// only, except where it says so. A connection lives as long as something is under way on its socket or on a
// worker.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <map>
#include <memory>
#include <optional>
#include <unordered_set>

#include "dashboard/http_bytes.h"
#include "dashboard/server.h"
#include "dashboard/worker.h"

namespace churnstream {

class Connection;

// What all connections of one server share.
struct Floor {
  ServerSettings settings;
  ServerAnswers answers;
  std::shared_ptr<boost::asio::ssl::context> tls;  // null: the bytes go as they are
  Worker* store = nullptr;                         // null: nothing is sent there
  Worker* scoring = nullptr;
  std::shared_ptr<const std::string> snapshot = std::make_shared<const std::string>("{}");
  std::shared_ptr<const std::string> event;  // the same, as an event
  std::unordered_set<Connection*> connections;
  std::map<std::string, std::size_t> of_client;  // connections, by address
  std::size_t event_clients = 0;
  std::uint64_t body_bytes = 0;  // of requests that are under way, as announced
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  Connection(boost::asio::ip::tcp::socket socket, std::string client, std::shared_ptr<Floor> floor);
  ~Connection();

  void begin();
  // There is a newer event; sent now, or once the one under way has gone.
  void send_newest();
  // What has taken too long by now ends: the server asks every so often.
  void close_if_late(Moment now);
  void close();

 private:
  enum class Doing : std::uint8_t { reading, waiting, writing, lingering, streaming };

  void read_request();
  void read_more();
  void parse();
  bool look_at_head();
  bool reserve_body(std::uint64_t bytes);
  void release_body();
  void on_whole_request();
  void ask(Worker* worker, const std::function<PageResponse(const PageRequest&)>& answer);
  void respond(PageResponse response, bool keep_alive);
  void linger();
  void begin_events(PageResponse response);
  void send(std::shared_ptr<const std::string> bytes);
  void beat();
  void now_doing(Doing doing, std::chrono::milliseconds patience);
  PageRequest request() const { return request_of(*parser_, floor_->settings, client_); }

  template <typename Buffers, typename Then>
  void write(const Buffers& buffers, Then then);
  template <typename Then>
  void read_some(boost::asio::mutable_buffer into, Then then);

  boost::asio::ip::tcp::socket socket_;
  std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
  const std::string client_;
  const std::shared_ptr<Floor> floor_;
  Doing doing_ = Doing::reading;
  Moment deadline_ = Moment::max();
  boost::beast::flat_buffer buffer_;
  std::optional<RequestParser> parser_;
  bool was_at_the_door_ = false, keep_alive_ = false;
  std::uint64_t reserved_ = 0;  // of floor_->body_bytes, by us
  std::string head_, body_;     // of the response under way
  // Event streams.
  boost::asio::steady_timer beat_;
  std::shared_ptr<const std::string> sent_;
  bool is_streaming_ = false, is_writing_ = false, has_sent_since_beat_ = false;
  std::atomic<bool> is_gone_{false};  // read by workers: nobody waits for the answer any more
};

}  // namespace churnstream
