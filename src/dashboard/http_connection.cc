#include "dashboard/http_connection.h"

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include "dashboard/api_answer.h"

namespace churnstream {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;

// What a client keeps in the kernel before we notice that it is slow: a few snapshots, not minutes of them.
constexpr int kSendBufferBytes = 64 * 1024;
constexpr std::size_t kReadBytes = 4 * 1024;       // at once; most requests fit
constexpr std::size_t kReadBodyBytes = 64 * 1024;  // at once, of a body
// After an answer that ends the connection: until the client has had time to read it, though it still sends.
constexpr milliseconds kLingers{2'000};
constexpr unsigned kRetryAfterS = 1;

PageResponse busy(std::string_view target, std::string_view sentence) {
  PageResponse answer = turned_away(target, 503, "Busy", sentence);
  answer.headers.emplace_back("Retry-After", std::to_string(kRetryAfterS));
  return answer;
}

}  // namespace

Connection::Connection(tcp::socket socket, std::string client, std::shared_ptr<Floor> floor)
    : socket_(std::move(socket)),
      client_(std::move(client)),
      floor_(std::move(floor)),
      beat_(socket_.get_executor()) {
  floor_->connections.insert(this);
  ++floor_->of_client[client_];
  if (floor_->tls) tls_.emplace(socket_, *floor_->tls);
}

Connection::~Connection() {
  release_body();
  floor_->connections.erase(this);
  if (is_streaming_) --floor_->event_clients;
  if (const auto mine = floor_->of_client.find(client_); --mine->second == 0) floor_->of_client.erase(mine);
}

template <typename Buffers, typename Then>
void Connection::write(const Buffers& buffers, Then then) {
  if (tls_)
    asio::async_write(*tls_, buffers, std::move(then));
  else
    asio::async_write(socket_, buffers, std::move(then));
}

template <typename Then>
void Connection::read_some(asio::mutable_buffer into, Then then) {
  if (tls_)
    tls_->async_read_some(into, std::move(then));
  else
    socket_.async_read_some(into, std::move(then));
}

void Connection::now_doing(Doing doing, milliseconds patience) {
  doing_ = doing;
  deadline_ = std::chrono::steady_clock::now() + patience;
}

void Connection::close_if_late(Moment now) {
  if (now < deadline_) return;
  if (doing_ != Doing::waiting) return close();
  // The worker still has the request in its hands: its answer will find nobody.
  is_gone_ = true;
  respond(busy(request().target, "The answer took too long; the store or the scorer is busy."), false);
}

void Connection::close() {
  error_code ignored;
  is_gone_ = true;
  deadline_ = Moment::max();
  beat_.cancel();
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  socket_.close(ignored);
}

void Connection::begin() {
  if (!tls_) return read_request();
  now_doing(Doing::reading, floor_->settings.idle_timeout);
  tls_->async_handshake(asio::ssl::stream_base::server, [self = shared_from_this()](error_code error) {
    error ? self->close() : self->read_request();
  });
}

// The time runs for the whole request: a client that sends a byte now and then gains nothing by it.
void Connection::read_request() {
  parser_.emplace();
  release_body();
  set_limits(*parser_, floor_->settings);
  was_at_the_door_ = false;
  now_doing(Doing::reading, floor_->settings.idle_timeout);
  buffer_.size() > 0 ? parse() : read_more();
}

void Connection::read_more() {
  // The parser takes what it understands; more than this in one piece it never will.
  if (buffer_.size() > floor_->settings.header_bytes_max + kReadBodyBytes)
    return respond(answer_to_trouble(*parser_, {}, http::error::bad_chunk), false);
  const std::size_t bytes = was_at_the_door_ ? kReadBodyBytes : kReadBytes;
  read_some(buffer_.prepare(bytes), [self = shared_from_this()](error_code error, std::size_t got) {
    if (error) return self->close();
    self->buffer_.commit(got);
    self->parse();
  });
}

void Connection::parse() {
  while (!parser_->is_done()) {
    if (buffer_.size() == 0) return read_more();
    error_code error;
    const asio::const_buffer bytes = buffer_.data();
    const std::size_t understood = parser_->put(bytes, error);
    const bool needs_more = error == http::error::need_more;
    if (error && !needs_more) return respond(answer_to_trouble(*parser_, bytes, error), false);
    buffer_.consume(understood);
    if (parser_->is_header_done() && !was_at_the_door_) {
      was_at_the_door_ = true;
      parser_->eager(true);
      if (!look_at_head()) return;
    } else if (needs_more && !parser_->is_done()) {
      return read_more();
    }
  }
  on_whole_request();
}

// False when the request ends here: it was turned away, or its body is read once the client was told to send
// it.
bool Connection::look_at_head() {
  keep_alive_ = parser_->get().keep_alive();
  std::optional<PageResponse> away = trouble_with(*parser_, floor_->settings);
  if (!away && floor_->answers.at_the_door) away = floor_->answers.at_the_door(request());
  if (!away && !reserve_body(request().body_bytes))
    away = busy(request().target, "Too many long requests are under way already.");
  if (away) {
    respond(*std::move(away), keep_alive_ && parser_->is_done());
    return false;
  }
  if (parser_->is_done() || parser_->get()[http::field::expect] != "100-continue") return true;
  static const std::string kGoOn = "HTTP/1.1 100 Continue\r\n\r\n";
  write(asio::buffer(kGoOn), [self = shared_from_this()](error_code error, std::size_t) {
    error ? self->close() : self->parse();
  });
  return false;
}

// All bodies together have a limit; one always fits.
bool Connection::reserve_body(std::uint64_t bytes) {
  if (floor_->body_bytes > 0 && floor_->body_bytes + bytes > floor_->settings.bodies_bytes_max) return false;
  floor_->body_bytes += bytes;
  reserved_ = bytes;
  return true;
}

void Connection::release_body() {
  floor_->body_bytes -= reserved_;
  reserved_ = 0;
}

void Connection::on_whole_request() {
  PageResponse response = floor_->answers.answer(request(), *floor_->snapshot);
  switch (response.desk) {
    case Desk::store: return ask(floor_->store, floor_->answers.store);
    case Desk::scoring: return ask(floor_->scoring, floor_->answers.scoring);
    case Desk::here: break;
  }
  response.is_event_stream ? begin_events(std::move(response)) : respond(std::move(response), keep_alive_);
}

// The request's bytes lie still in the parser until the answer is there. Whatever happens, our last hold on
// the connection is given back on the network thread.
void Connection::ask(Worker* worker, const std::function<PageResponse(const PageRequest&)>& answer) {
  insist(worker != nullptr, "an answer names a desk where somebody sits");
  now_doing(Doing::waiting, floor_->settings.answer_timeout);
  const bool is_taken = worker->ask([self = shared_from_this(), &answer]() mutable {
    const auto network = self->socket_.get_executor();
    PageResponse response = self->is_gone_ ? PageResponse() : answer(self->request());
    asio::post(network, [self = std::move(self), response = std::move(response)]() mutable {
      if (!self->is_gone_) self->respond(std::move(response), self->keep_alive_);
    });
  });
  if (!is_taken) respond(busy(request().target, "Too many questions wait already."), keep_alive_);
}

void Connection::respond(PageResponse response, bool keep_alive) {
  now_doing(Doing::writing, floor_->settings.slow_reader_timeout);
  const bool is_head = parser_->get().method() == http::verb::head;
  head_ = head_text(response, parser_->get().version(), keep_alive);
  body_ = is_head ? std::string() : std::move(response.body);
  write(std::array{asio::buffer(head_), asio::buffer(body_)},
        [self = shared_from_this(), keep_alive](error_code error, std::size_t) {
          if (error) return self->close();
          keep_alive ? self->read_request() : self->linger();
        });
}

// Closing while bytes of the client wait unread would make its system throw our answer away.
void Connection::linger() {
  if (doing_ != Doing::lingering) {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    buffer_.clear();
    now_doing(Doing::lingering, kLingers);
  }
  socket_.async_read_some(
      buffer_.prepare(kReadBodyBytes),
      [self = shared_from_this()](error_code error, std::size_t) { error ? self->close() : self->linger(); });
}

// The stream has no length and ends with the connection, which any HTTP client understands without chunks.
void Connection::begin_events(PageResponse response) {
  if (floor_->event_clients >= floor_->settings.event_clients_max)
    return respond(busy(request().target, "Too many clients follow the events already."), keep_alive_);
  ++floor_->event_clients;
  is_streaming_ = true;
  doing_ = Doing::streaming;
  deadline_ = Moment::max();
  error_code ignored;
  socket_.set_option(asio::socket_base::send_buffer_size(kSendBufferBytes), ignored);
  send(std::make_shared<const std::string>(head_text(response, 11, false) + "retry: 1000\n\n"));
  beat();
  // Nothing more is to come from the client: what does says that it has left, or is none of ours.
  read_some(buffer_.prepare(kReadBytes),
            [self = shared_from_this()](error_code, std::size_t) { self->close(); });
}

void Connection::send_newest() {
  if (!is_streaming_ || is_writing_ || floor_->event == nullptr || floor_->event == sent_) return;
  sent_ = floor_->event;
  send(sent_);
}

void Connection::send(std::shared_ptr<const std::string> bytes) {
  is_writing_ = true;
  has_sent_since_beat_ = true;
  now_doing(Doing::streaming, floor_->settings.slow_reader_timeout);
  write(asio::buffer(*bytes), [self = shared_from_this(), bytes](error_code error, std::size_t) {
    self->is_writing_ = false;
    if (error) return self->close();
    self->deadline_ = Moment::max();
    self->send_newest();
  });
}

// Tells a client that waits between two snapshots that we are still here.
void Connection::beat() {
  beat_.expires_after(floor_->settings.heartbeat);
  beat_.async_wait([self = shared_from_this()](error_code error) {
    if (error || !self->socket_.is_open()) return;
    if (!self->is_writing_ && !self->has_sent_since_beat_)
      self->send(std::make_shared<const std::string>(": still here\n\n"));
    self->has_sent_since_beat_ = false;
    self->beat();
  });
}

}  // namespace churnstream
