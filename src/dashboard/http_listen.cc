#include "dashboard/http_listen.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>

#include "base/log.h"

namespace churnstream {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kOtherFiles = 512;  // besides connections: stores, brokers, logs
constexpr int kSilentS = 60;              // after so much silence the client's machine is asked
constexpr int kAskAgainS = 10;
constexpr int kAskedTimes = 3;

}  // namespace

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
    return wrong(doing, listen, "the page shows customers, and other machines could reach this address",
                 "listen on 127.0.0.1, localhost or [::1] and use ssh -L 8080:127.0.0.1:8080 from elsewhere; "
                 "or give [page] a token, tls_certificate and tls_key, or a proxy (docs/guides/page.md)");
  error_code error;
  const bool is_bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  const auto address = asio::ip::make_address(is_bracketed ? host.substr(1, host.size() - 2) : host, error);
  if (error) return not_an_address("this is no address of this machine");
  return tcp::endpoint(address, number);
}

Result<std::shared_ptr<ssl::context>> tls_of(const ServerSettings& settings) {
  if (!settings.tls) return std::shared_ptr<ssl::context>();
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  error_code error;
  context->set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 | ssl::context::no_sslv3 |
                           ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1,
                       error);
  context->use_certificate_chain_file(settings.tls->certificate.string(), error);
  if (error)
    return wrong("reading the page's certificate", settings.tls->certificate.string(), error.message(),
                 "tls_certificate names a PEM file");
  context->use_private_key_file(settings.tls->key.string(), ssl::context::pem, error);
  if (error)
    return wrong("reading the key of the page's certificate", settings.tls->key.string(), error.message(),
                 "tls_key names the PEM file with the key of tls_certificate, without a password");
  return context;
}

void make_room_for(std::size_t connections) {
  rlimit limit{};
  const rlim_t wanted = connections + kOtherFiles;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < wanted)
    log_warn("the system lets this process open " + std::to_string(limit.rlim_cur) +
             " files: not all connections of the page will find one (ulimit -n)");
}

void set_socket_options(tcp::socket& socket, const ServerSettings& settings) {
  const auto set = [&](int level, int name, int value) {
    ::setsockopt(socket.native_handle(), level, name, &value, sizeof value);
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, kSilentS);
  set(IPPROTO_TCP, TCP_KEEPINTVL, kAskAgainS);
  set(IPPROTO_TCP, TCP_KEEPCNT, kAskedTimes);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(settings.slow_reader_timeout.count()));
  set(IPPROTO_TCP, TCP_NODELAY, 1);
}

}  // namespace churnstream
