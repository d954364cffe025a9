// The forms that every answer of ours takes: a document, a refusal in one sentence, and for the API a problem
// (RFC 9457). Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "dashboard/page_request.h"

namespace churnstream {

constexpr std::size_t kGzipFrom = 1'024;  // bytes: a shorter body fits one packet anyway

// What the page may load and run: files of ours and, inside it, the one script and the one style with these
// SHA-256 (32 bytes; empty for none). Content Security Policy Level 3, section 2.3.1.
std::string content_security_policy(std::string_view script, std::string_view style);

// The headers that all our answers have, then the body.
PageResponse plain_response(unsigned status, std::string_view content_type, std::string body,
                            std::string_view caching);

// A JSON document that may be asked for again: with an ETag of its content, 304 without a body where the
// client has it already, gzip where taken and worth it. Kept by nobody between us and the client.
PageResponse json_answer(const PageRequest& request, std::string json);

// {"type": ..., "title": ..., "status": ..., "detail": ...} as application/problem+json. The type is a name
// made of the title, so that programs can tell problems apart: urn:churnstream:problem:row-refused.
PageResponse problem(unsigned status, std::string_view title, std::string_view detail);

// The same with Retry-After.
PageResponse problem_for_now(unsigned status, std::string_view title, std::string_view detail,
                             unsigned retry_after_s);

// One sentence as plain text, for the page's own addresses.
PageResponse refusal(unsigned status, std::string_view sentence);

// A problem where the target is one of the API's, else a plain sentence.
PageResponse turned_away(std::string_view target, unsigned status, std::string_view title,
                         std::string_view sentence);

bool is_api(std::string_view target);

// "gzip" or "gzip;q=0.5" among an Accept-Encoding, but not "gzip;q=0".
bool takes_gzip(std::string_view accept_encoding);
// Whether an If-None-Match names this ETag (quotes included).
bool is_known_already(std::string_view if_none_match, std::string_view tag);

}  // namespace churnstream
