// A client of the page's server for tests: a plain socket that sends what it is told, right or wrong.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

#include "dashboard/server.h"

namespace churnstream {

// One client. Reads with a patience of three seconds, so that no test hangs.
class PageClient {
 public:
  explicit PageClient(const PageServer& server, int receive_buffer_bytes = 0)
      : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const std::string address = server.address();
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (receive_buffer_bytes > 0)
      ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
    const timeval patience{3, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  }
  ~PageClient() { ::close(socket_); }
  PageClient(const PageClient&) = delete;
  PageClient& operator=(const PageClient&) = delete;

  void say(std::string_view text) {
    EXPECT_EQ(::send(socket_, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  void ask(const std::string& target) { say("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n"); }

  // The server may stop listening midway: that is the test's to see.
  void say_what_is_taken(std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  void say_no_more() { ::shutdown(socket_, SHUT_WR); }
  void hang_up() { ::shutdown(socket_, SHUT_RDWR), ::close(std::exchange(socket_, -1)); }
  std::uint16_t port() const {
    sockaddr_in here{};
    socklen_t length = sizeof here;
    EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&here), &length), 0);
    return ntohs(here.sin_port);
  }

  // Everything up to and with `end`, or what came until the server hung up or patience ended.
  std::string read_to(std::string_view end) {
    std::string text;
    char byte = 0;
    while (!text.ends_with(end) && ::recv(socket_, &byte, 1, 0) == 1) text.push_back(byte);
    return text;
  }
  // Without waiting: the server has closed the connection, whatever else it left behind.
  bool is_hung_up_by_now() {
    char byte = 0;
    const ssize_t got = ::recv(socket_, &byte, 1, MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN);
  }
  bool was_hung_up() {
    char byte = 0;
    return ::recv(socket_, &byte, 1, 0) == 0;
  }

 private:
  int socket_;
};

}  // namespace churnstream
