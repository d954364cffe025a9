// A request's bytes become a PageRequest, a PageResponse becomes bytes. Used by the connections of a server,
// on its thread.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/beast/http.hpp>
#include <string>
#include <string_view>

#include "dashboard/page_request.h"
#include "dashboard/server.h"

namespace churnstream {

using RequestParser = boost::beast::http::request_parser<boost::beast::http::string_body>;

// With the limits of these settings.
void set_limits(RequestParser& parser, const ServerSettings& settings);

// Views into the parser. Needs: its head is done.
PageRequest request_of(const RequestParser& parser, const ServerSettings& settings, std::string_view client);

// What is wrong with the head alone, whoever answers: two hosts, a body where none may be.
std::optional<PageResponse> trouble_with(const RequestParser& parser, const ServerSettings& settings);

// The answer to bytes that are no request, by what the parser says of them: a problem where they begin like a
// question to the API.
PageResponse answer_to_trouble(const RequestParser& parser, boost::asio::const_buffer bytes,
                               boost::system::error_code error);

// Status line and headers, up to the empty line.
std::string head_text(const PageResponse& response, unsigned version, bool keep_alive);

}  // namespace churnstream
