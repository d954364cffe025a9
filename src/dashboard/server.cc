#include "dashboard/server.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <thread>
#include <vector>

#include "base/thread_name.h"
#include "dashboard/api_answer.h"
#include "dashboard/http_connection.h"
#include "dashboard/http_listen.h"

namespace churnstream {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;

std::string text_of(asio::ip::address address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  return address.to_string();
}

class BeastServer : public PageServer {
 public:
  BeastServer(const ServerSettings& settings, ServerAnswers answers) {
    floor_->settings = settings;
    floor_->answers = std::move(answers);
    const auto hire = [&](const auto& answer, const char* name) {
      return answer ? std::make_unique<Worker>(name, settings.waiting_max) : nullptr;
    };
    store_ = hire(floor_->answers.store, "questions to the store");
    scoring_ = hire(floor_->answers.scoring, "rows to score");
    floor_->store = store_.get();
    floor_->scoring = scoring_.get();
  }

  ~BeastServer() override {
    asio::post(context_, [this] {
      error_code ignored;
      acceptor_.close(ignored);
      pause_.cancel();
      sweep_.cancel();
      for (Connection* connection : all_connections()) connection->close();
    });
    if (thread_.joinable()) thread_.join();  // ends by itself: nothing is under way any more
    store_.reset();
    scoring_.reset();
  }

  Result<void> listen(const tcp::endpoint& endpoint, std::shared_ptr<asio::ssl::context> tls) {
    const ServerSettings& settings = floor_->settings;
    floor_->tls = std::move(tls);
    error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error)
      return failed("opening " + settings.what + " on", settings.listen, error.message(),
                    "choose another port, or 0 for any free one");
    const tcp::endpoint taken = acceptor_.local_endpoint();
    const std::string host = taken.address().to_string();
    address_ = (floor_->tls ? "https://" : "http://") + (taken.address().is_v6() ? "[" + host + "]" : host) +
               ":" + std::to_string(taken.port()) + "/";
    make_room_for(settings.connections_max);
    accept();
    sweep();
    thread_ = std::thread([this] {
      name_this_thread("page server");
      context_.run();
    });
    return {};
  }

  void publish(std::uint64_t sequence, std::string json) override {
    auto event = std::make_shared<const std::string>("id: " + std::to_string(sequence) +
                                                     "\nevent: snapshot\ndata: " + json + "\n\n");
    auto snapshot = std::make_shared<const std::string>(std::move(json));
    asio::post(context_, [this, event = std::move(event), snapshot = std::move(snapshot)] {
      floor_->snapshot = snapshot;
      floor_->event = event;
      for (Connection* connection : all_connections()) connection->send_newest();
    });
  }

  Result<void> renew_certificate() override {
    CHURNSTREAM_TRY_ASSIGN(std::shared_ptr<asio::ssl::context> tls, tls_of(floor_->settings));
    asio::post(context_, [this, tls = std::move(tls)] { floor_->tls = tls; });
    return {};
  }

  std::string address() const override { return address_; }

 private:
  // A copy: connections may go while we walk. None of them goes before its own handlers have run.
  std::vector<Connection*> all_connections() const {
    return {floor_->connections.begin(), floor_->connections.end()};
  }

  void accept() {
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
      if (!acceptor_.is_open()) return;
      if (error) return accept_later();
      let_in(std::move(socket));
      accept();
    });
  }

  void let_in(tcp::socket socket) {
    error_code error;
    const tcp::endpoint from = socket.remote_endpoint(error);
    if (error || floor_->connections.size() >= floor_->settings.connections_max) return;
    std::string client = text_of(from.address());
    if (!has_room_for(client, from.address().is_loopback())) return;
    set_socket_options(socket, floor_->settings);
    std::make_shared<Connection>(std::move(socket), std::move(client), floor_)->begin();
  }

  bool has_room_for(const std::string& client, bool is_this_machine) const {
    const std::size_t most = floor_->settings.connections_per_client;
    if (most == 0 || is_this_machine) return true;
    const auto mine = floor_->of_client.find(client);
    return mine == floor_->of_client.end() || mine->second < most;
  }

  // The process has no file descriptor left, or the like: trying at once would only burn the core.
  void accept_later() {
    pause_.expires_after(milliseconds(200));
    pause_.async_wait([this](error_code error) {
      if (!error && acceptor_.is_open()) accept();
    });
  }

  // One timer looks at everybody's time, so that a request does not need one of its own.
  void sweep() {
    const ServerSettings& settings = floor_->settings;
    const milliseconds shortest =
        std::min({settings.idle_timeout, settings.answer_timeout, settings.slow_reader_timeout});
    sweep_.expires_after(std::clamp(shortest / 4, milliseconds(10), milliseconds(250)));
    sweep_.async_wait([this](error_code error) {
      if (error || !acceptor_.is_open()) return;  // cancelling stops no timer that has run out already
      const auto now = std::chrono::steady_clock::now();
      for (Connection* connection : all_connections()) connection->close_if_late(now);
      sweep();
    });
  }

  std::shared_ptr<Floor> floor_ = std::make_shared<Floor>();
  asio::io_context context_{1};
  tcp::acceptor acceptor_{context_};
  asio::steady_timer pause_{context_}, sweep_{context_};
  std::unique_ptr<Worker> store_, scoring_;
  std::string address_;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<PageServer>> start_server(const ServerSettings& settings, ServerAnswers answers) {
  CHURNSTREAM_TRY_ASSIGN(const tcp::endpoint endpoint, endpoint_of(settings));
  CHURNSTREAM_TRY_ASSIGN(std::shared_ptr<asio::ssl::context> tls, tls_of(settings));
  auto server = std::make_unique<BeastServer>(settings, std::move(answers));
  CHURNSTREAM_TRY(server->listen(endpoint, std::move(tls)));
  return server;
}

PageResponse answer_to_bytes(std::string_view bytes, const ServerSettings& settings,
                             const ServerAnswers& answers, std::string_view snapshot) {
  RequestParser parser;
  set_limits(parser, settings);
  parser.eager(true);
  error_code error;
  parser.put(asio::buffer(bytes.data(), bytes.size()), error);
  if (!error && !parser.is_done()) error = http::error::partial_message;
  if (error) return answer_to_trouble(parser, asio::buffer(bytes.data(), bytes.size()), error);
  if (auto away = trouble_with(parser, settings)) return *std::move(away);
  const PageRequest request = request_of(parser, settings, "127.0.0.1");
  if (answers.at_the_door)
    if (auto away = answers.at_the_door(request)) return *std::move(away);
  PageResponse response = answers.answer(request, snapshot);
  if (response.desk == Desk::store) return answers.store(request);
  if (response.desk == Desk::scoring) return answers.scoring(request);
  return response;
}

}  // namespace churnstream
