#include "dashboard/server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <optional>
#include <set>
#include <thread>

#include "base/log.h"

namespace churnstream {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using RequestParser = http::request_parser<http::empty_body>;

// What a client keeps in the kernel before we notice that it is slow: a few snapshots, not minutes of them.
constexpr int kSendBufferBytes = 64 * 1024;

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

PageResponse answer_to(const RequestParser& parser, const PageAnswer& answer, std::string_view snapshot) {
  const auto& request = parser.get();
  if (request.count(http::field::host) > 1) return refusal(400, "The request names more than one host.");
  return answer({.method = view(request.method_string()),
                 .target = view(request.target()),
                 .host = view(request[http::field::host]),
                 .accept_encoding = view(request[http::field::accept_encoding]),
                 .if_none_match = view(request[http::field::if_none_match])},
                snapshot);
}

PageResponse answer_to_trouble(error_code error) {
  if (error == http::error::header_limit) return refusal(431, "The request's head is too long.");
  if (error == http::error::unexpected_body) return refusal(413, "A request has no body here.");
  return refusal(400, "This is no request we understand.");
}

http::response<http::string_body> on_the_wire(PageResponse answer, unsigned version, bool keep_alive) {
  http::response<http::string_body> response(http::int_to_status(answer.status), version);
  for (const auto& [name, value] : answer.headers) response.insert(name, value);
  response.keep_alive(keep_alive);
  if (!answer.is_event_stream && answer.status != 304) response.content_length(answer.content_length);
  response.body() = std::move(answer.body);
  return response;
}

class Connection;

// What all connections of one server share; touched on its thread only.
struct Floor {
  ServerSettings settings;
  PageAnswer answer;
  std::shared_ptr<const std::string> snapshot = std::make_shared<const std::string>("{}");
  std::shared_ptr<const std::string> event;  // the same, as an event
  std::set<Connection*> connections;
};

// One client. Lives as long as something is under way on its socket.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, std::shared_ptr<Floor> floor)
      : stream_(std::move(socket)), floor_(std::move(floor)), beat_(stream_.get_executor()) {
    floor_->connections.insert(this);
  }
  ~Connection() { floor_->connections.erase(this); }

  void read_request() {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(floor_->settings.header_bytes_max));
    stream_.expires_after(floor_->settings.idle_timeout);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](error_code error, std::size_t) { self->on_request(error); });
  }

  // There is a newer event; sent now, or once the one under way has gone.
  void send_newest() {
    if (!is_streaming_ || is_writing_ || floor_->event == nullptr || floor_->event == sent_) return;
    sent_ = floor_->event;
    send(sent_);
  }

  void close() {
    error_code ignored;
    beat_.cancel();
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream_.close();
  }

 private:
  void on_request(error_code error) {
    if (error == http::error::end_of_stream || error == beast::error::timeout ||
        error == asio::error::operation_aborted)
      return close();
    if (error && error.category() != make_error_code(http::error::bad_method).category()) return close();
    const bool keep_alive = !error && parser_->get().keep_alive();
    PageResponse answer =
        error ? answer_to_trouble(error) : answer_to(*parser_, floor_->answer, *floor_->snapshot);
    answer.is_event_stream ? begin_events(std::move(answer)) : respond(std::move(answer), keep_alive);
  }

  void respond(PageResponse answer, bool keep_alive) {
    const unsigned version = parser_->get().version() == 10 ? 10 : 11;
    const bool is_head = parser_->get().method() == http::verb::head;
    response_ = std::make_unique<http::response<http::string_body>>(
        on_the_wire(std::move(answer), version, keep_alive));
    serializer_ = std::make_unique<http::response_serializer<http::string_body>>(*response_);
    serializer_->split(is_head);
    stream_.expires_after(floor_->settings.slow_reader_timeout);
    const auto then = [self = shared_from_this(), keep_alive](error_code error, std::size_t) {
      if (error || !keep_alive) return self->close();
      self->read_request();
    };
    is_head ? http::async_write_header(stream_, *serializer_, then)
            : http::async_write(stream_, *serializer_, then);
  }

  // The stream has no length and ends with the connection, which any HTTP client understands without chunks.
  void begin_events(PageResponse answer) {
    error_code ignored;
    stream_.socket().set_option(asio::socket_base::send_buffer_size(kSendBufferBytes), ignored);
    std::string head = "HTTP/1.1 200 OK\r\nConnection: close\r\n";
    for (const auto& [name, value] : answer.headers) head += name + ": " + value + "\r\n";
    is_streaming_ = true;
    send(std::make_shared<const std::string>(head + "\r\nretry: 1000\n\n"));
    beat();
  }

  void send(std::shared_ptr<const std::string> bytes) {
    is_writing_ = true;
    has_sent_since_beat_ = true;
    stream_.expires_after(floor_->settings.slow_reader_timeout);
    asio::async_write(stream_, asio::buffer(*bytes),
                      [self = shared_from_this(), bytes](error_code error, std::size_t) {
                        self->is_writing_ = false;
                        if (error) return self->close();
                        self->stream_.expires_never();
                        self->send_newest();
                      });
  }

  // Tells a client that waits between two snapshots that we are still here.
  void beat() {
    beat_.expires_after(floor_->settings.heartbeat);
    beat_.async_wait([self = shared_from_this()](error_code error) {
      if (error || !self->stream_.socket().is_open()) return;
      if (!self->is_writing_ && !self->has_sent_since_beat_)
        self->send(std::make_shared<const std::string>(": still here\n\n"));
      self->has_sent_since_beat_ = false;
      self->beat();
    });
  }

  beast::tcp_stream stream_;
  std::shared_ptr<Floor> floor_;
  asio::steady_timer beat_;
  beast::flat_buffer buffer_{64 * 1024};
  std::optional<RequestParser> parser_;
  std::unique_ptr<http::response<http::string_body>> response_;
  std::unique_ptr<http::response_serializer<http::string_body>> serializer_;
  std::shared_ptr<const std::string> sent_;
  bool is_streaming_ = false, is_writing_ = false, has_sent_since_beat_ = false;
};

class BeastServer : public PageServer {
 public:
  BeastServer(const ServerSettings& settings, PageAnswer answer) {
    floor_->settings = settings;
    floor_->answer = std::move(answer);
  }

  ~BeastServer() override {
    asio::post(context_, [this] {
      error_code ignored;
      acceptor_.close(ignored);
      pause_.cancel();
      for (Connection* connection : std::set<Connection*>(floor_->connections)) connection->close();
    });
    if (thread_.joinable()) thread_.join();  // ends by itself: nothing is under way any more
  }

  Result<void> listen(const tcp::endpoint& endpoint) {
    error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error)
      return failed("opening " + floor_->settings.what + " on", floor_->settings.listen, error.message(),
                    "choose another port, or 0 for any free one");
    const tcp::endpoint taken = acceptor_.local_endpoint();
    const std::string host = taken.address().to_string();
    address_ = "http://" + (taken.address().is_v6() ? "[" + host + "]" : host) + ":" +
               std::to_string(taken.port()) + "/";
    accept();
    thread_ = std::thread([this] { context_.run(); });
    return {};
  }

  void publish(std::uint64_t sequence, std::string json) override {
    auto event = std::make_shared<const std::string>("id: " + std::to_string(sequence) +
                                                     "\nevent: snapshot\ndata: " + json + "\n\n");
    auto snapshot = std::make_shared<const std::string>(std::move(json));
    asio::post(context_, [this, event = std::move(event), snapshot = std::move(snapshot)] {
      floor_->snapshot = snapshot;
      floor_->event = event;
      for (Connection* connection : std::set<Connection*>(floor_->connections)) connection->send_newest();
    });
  }

  std::string address() const override { return address_; }

 private:
  void accept() {
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
      if (!acceptor_.is_open()) return;
      if (error) return accept_later();
      if (floor_->connections.size() < floor_->settings.connections_max)
        std::make_shared<Connection>(std::move(socket), floor_)->read_request();
      accept();
    });
  }

  // The process has no file descriptor left, or the like: trying at once would only burn the core.
  void accept_later() {
    pause_.expires_after(std::chrono::milliseconds(200));
    pause_.async_wait([this](error_code error) {
      if (!error && acceptor_.is_open()) accept();
    });
  }

  std::shared_ptr<Floor> floor_ = std::make_shared<Floor>();
  asio::io_context context_{1};
  tcp::acceptor acceptor_{context_};
  asio::steady_timer pause_{context_};
  std::string address_;
  std::thread thread_;
};

Result<tcp::endpoint> endpoint_of(const ServerSettings& settings) {
  const std::string &listen = settings.listen, doing = "opening " + settings.what + " on";
  const auto not_an_address = [&](std::string_view why) {
    return wrong(doing, listen, why, "write it as 127.0.0.1:8080");
  };
  const std::size_t colon = listen.rfind(':');
  if (colon == std::string::npos) return not_an_address("the port is missing");
  const std::string host = listen.substr(0, colon), port = listen.substr(colon + 1);
  if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string::npos ||
      std::stoi(port) > 65'535)
    return not_an_address("the port is no number from 0 to 65535");
  const auto number = static_cast<std::uint16_t>(std::stoi(port));
  if (host == "127.0.0.1" || host == "localhost")
    return tcp::endpoint(asio::ip::address_v4::loopback(), number);
  if (host == "[::1]") return tcp::endpoint(asio::ip::address_v6::loopback(), number);
  if (!settings.others_may_see)
    return wrong(doing, listen,
                 "the page shows customers and has no keys yet, so only this machine may see it",
                 "listen on 127.0.0.1, localhost or [::1]; from elsewhere use ssh -L 8080:127.0.0.1:8080");
  error_code error;
  const bool is_bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  const auto address = asio::ip::make_address(is_bracketed ? host.substr(1, host.size() - 2) : host, error);
  if (error) return not_an_address("this is no address of this machine");
  return tcp::endpoint(address, number);
}

}  // namespace

Result<std::unique_ptr<PageServer>> start_server(const ServerSettings& settings, PageAnswer answer) {
  CHURNSTREAM_TRY_ASSIGN(const tcp::endpoint endpoint, endpoint_of(settings));
  auto server = std::make_unique<BeastServer>(settings, std::move(answer));
  CHURNSTREAM_TRY(server->listen(endpoint));
  return server;
}

PageAnswer page_answer(std::span<const PageFile> files) {
  return [files](const PageRequest& request, std::string_view snapshot) {
    return answer(request, files, snapshot);
  };
}

Result<std::unique_ptr<PageServer>> start_page_server(const ServerSettings& settings,
                                                      std::span<const PageFile> files) {
  return start_server(settings, page_answer(files));
}

PageResponse answer_to_bytes(std::string_view bytes, std::size_t header_bytes_max, const PageAnswer& answer,
                             std::string_view snapshot) {
  RequestParser parser;
  parser.header_limit(static_cast<std::uint32_t>(header_bytes_max));
  parser.eager(true);
  error_code error;
  parser.put(asio::buffer(bytes.data(), bytes.size()), error);
  if (!error && !parser.is_done()) error = http::error::partial_message;
  return error ? answer_to_trouble(error) : answer_to(parser, answer, snapshot);
}

}  // namespace churnstream
