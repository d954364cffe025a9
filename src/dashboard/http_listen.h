// Where a server listens and with which certificate. Used while it starts.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "base/result.h"
#include "dashboard/server.h"

namespace churnstream {

Result<boost::asio::ip::tcp::endpoint> endpoint_of(const ServerSettings& settings);

// Null without certificates.
Result<std::shared_ptr<boost::asio::ssl::context>> tls_of(const ServerSettings& settings);

// Lets this process open as many files as `connections` need, as far as the system allows.
void make_room_for(std::size_t connections);

// What finds out that a client's machine is gone without a word, and sends small answers at once.
void set_socket_options(boost::asio::ip::tcp::socket& socket, const ServerSettings& settings);

}  // namespace churnstream
