// Who may ask the page and the API, and how often. Every request passes here first; what is turned away never
// reaches an answer. Owned by the server's thread.
//
//   Host      a name of this machine, the address we listen on, or one of `hosts`: a site that makes its own
//             name point here (DNS rebinding) sends that name and is turned away
//   rate      a bucket of requests per client; behind a proxy per user
//   proxy     the header that only the proxy sets
//   POST      never from another site: Sec-Fetch-Site and Origin
//   token     Authorization: Bearer for programs, a session's cookie for the page (POST /login, POST /logout)
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "dashboard/page_request.h"
#include "dashboard/sessions.h"
#include "dashboard/token_buckets.h"

namespace churnstream {

constexpr std::size_t kTokenLettersMin = 16;  // guessing at five a minute comes to nothing long before that

struct AccessSettings {
  std::string token;                // empty: none is asked for
  std::vector<std::string> hosts;   // names besides this machine's own, without port
  std::string proxy_header;         // every request must have it; empty: there is no proxy
  bool is_encrypted = false;        // over TLS: cookies say so
  double requests_per_s = 0;        // of one client; 0: no limit
  bool spares_this_machine = true;  // clients of this machine are not limited
  double failed_logins_per_s = 5.0 / 60;
  double failed_logins_burst = 5;
  SessionSettings sessions;
};

class Gate {
 public:
  // `clock` outlives the gate.
  Gate(AccessSettings settings, Clock& clock);

  // Nothing for who may pass.
  std::optional<PageResponse> turn_away(const PageRequest& request);

  // POST /login (a form with `token`), POST /logout. Needs: the request has passed.
  PageResponse log_in(const PageRequest& request);
  PageResponse log_out(const PageRequest& request);
  bool has_token() const { return !settings_.token.empty(); }

 private:
  std::string_view who(const PageRequest& request) const;
  bool is_our_name(std::string_view host) const;
  std::optional<PageResponse> check_rate(const PageRequest& request, std::chrono::nanoseconds now);
  std::optional<PageResponse> check_origin(const PageRequest& request) const;
  std::optional<PageResponse> check_token(const PageRequest& request, std::chrono::nanoseconds now);
  bool is_right(std::string_view offered, std::string_view client, std::chrono::nanoseconds now);
  std::string cookie_of(const PageRequest& request, const std::string& name, std::chrono::seconds age) const;

  const AccessSettings settings_;
  Clock& clock_;
  Sessions sessions_;
  TokenBuckets requests_, failed_logins_;
};

// Whether a Host header names this machine: localhost, 127.0.0.1 or [::1], with any port, since a tunnel
// (ssh -L) changes it and the name is what rebinding cannot forge.
bool names_this_machine(std::string_view host);

// The page with the one field; `sentence` says what was wrong before, may be empty.
PageResponse login_page(unsigned status, std::string_view sentence);

}  // namespace churnstream
