// Stands between a client and a server on this machine and passes bytes on, until the test lets the network
// fail at a chosen word of the client's. One thread of its own; the controls may be used from any.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"

namespace churnstream {

class CutProxy {
 public:
  explicit CutProxy(int server_port) : server_port_(server_port) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = here(0);
    insist(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0 &&
               ::listen(listener_, 16) == 0,
           "a port can be had");
    socklen_t size = sizeof(address);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { work(); });
  }
  ~CutProxy() {
    ending_ = true;
    thread_.join();
    for (const Pair& pair : pairs_) close(pair);
    ::close(listener_);
  }
  CutProxy(const CutProxy&) = delete;

  int port() const { return port_; }
  // Once: cuts the connection instead of passing on the client's `word`.
  void cut_before(const std::string& word) { set(word, false); }
  // Once: passes `word` on, and cuts the connection instead of passing on what the server answers.
  void lose_answer_to(const std::string& word) { set(word, true); }
  // From now on nothing is passed on, and no connection ends: a network that swallows everything.
  void freeze(bool frozen = true) { frozen_ = frozen; }

 private:
  struct Pair {
    int client, server;
    bool loses_answer = false;
  };

  static sockaddr_in here(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    return address;
  }
  static void close(const Pair& pair) {
    ::close(pair.client);
    ::close(pair.server);
  }
  void set(const std::string& word, bool after) {
    const std::lock_guard lock(mutex_);
    word_ = word;
    after_ = after;
  }

  void work() {
    while (!ending_) {
      std::vector<pollfd> polled{{listener_, POLLIN, 0}};
      for (const Pair& pair : pairs_) {
        polled.push_back({pair.client, POLLIN, 0});
        polled.push_back({pair.server, POLLIN, 0});
      }
      ::poll(polled.data(), polled.size(), 20);
      if (frozen_) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        continue;
      }
      std::size_t place = 1;
      for (auto pair = pairs_.begin(); pair != pairs_.end(); place += 2) {
        const bool goes_on = (polled[place].revents == 0 || from_client(*pair)) &&
                             (polled[place + 1].revents == 0 || from_server(*pair));
        if (!goes_on) close(*pair);
        pair = goes_on ? std::next(pair) : pairs_.erase(pair);
      }
      if (polled[0].revents != 0) accept();
    }
  }

  void accept() {
    Pair pair{::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC),
              ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const sockaddr_in address = here(server_port_);
    if (::connect(pair.server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0)
      pairs_.push_back(pair);
    else
      close(pair);
  }

  // Whether the connection goes on.
  bool from_client(Pair& pair) {
    std::array<char, 65'536> bytes;
    const ssize_t count = ::recv(pair.client, bytes.data(), bytes.size(), 0);
    if (count <= 0) return false;
    {
      const std::lock_guard lock(mutex_);
      const bool is_there =
          !word_.empty() && std::string_view(bytes.data(), static_cast<std::size_t>(count)).find(word_) !=
                                std::string_view::npos;
      if (is_there) {
        word_.clear();
        if (!after_) return false;
        pair.loses_answer = true;
      }
    }
    return pass_on(pair.server, bytes.data(), count);
  }
  bool from_server(Pair& pair) {
    std::array<char, 65'536> bytes;
    const ssize_t count = ::recv(pair.server, bytes.data(), bytes.size(), 0);
    return count > 0 && !pair.loses_answer && pass_on(pair.client, bytes.data(), count);
  }
  static bool pass_on(int to, const char* bytes, ssize_t count) {
    for (ssize_t done = 0; done < count;) {
      const ssize_t sent = ::send(to, bytes + done, static_cast<std::size_t>(count - done), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      done += sent;
    }
    return true;
  }

  const int server_port_;
  int listener_ = -1, port_ = 0;
  std::mutex mutex_;
  std::string word_;
  bool after_ = false;
  std::atomic<bool> frozen_{false}, ending_{false};
  std::list<Pair> pairs_;  // the thread's
  std::thread thread_;
};

}  // namespace churnstream
