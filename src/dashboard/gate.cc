#include "dashboard/gate.h"

#include <algorithm>

#include "base/secret_bytes.h"
#include "dashboard/api_answer.h"
#include "dashboard/header_text.h"
#include "dashboard/query.h"

namespace churnstream {
namespace {

constexpr std::string_view kCookie = "churnstream_session";

// The name and the rest behind it: "[::1]:80" ends its name at the bracket, the others at the colon.
std::pair<std::string, std::string_view> name_and_port(std::string_view host) {
  const std::size_t end = host.starts_with('[') ? host.find(']') + 1 : std::min(host.find(':'), host.size());
  return {lower_of(host.substr(0, end)), host.substr(std::min(end, host.size()))};
}

bool is_port(std::string_view rest) {
  return rest.empty() || (rest.size() >= 2 && rest.size() <= 6 && rest.front() == ':' &&
                          rest.find_first_not_of("0123456789", 1) == std::string_view::npos);
}

std::string_view session_in(std::string_view cookies) {
  std::string_view found;
  any_part(cookies, ';', [&](std::string_view part) {
    if (!part.starts_with(kCookie) || part.substr(kCookie.size(), 1) != "=") return false;
    found = part.substr(kCookie.size() + 1);
    return true;
  });
  return found;
}

std::optional<std::string_view> bearer_in(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (lower_of(authorization.substr(0, kScheme.size())) != kScheme) return std::nullopt;
  return without_blanks(authorization.substr(kScheme.size()));
}

// What a page needs to be drawn, without anything of a customer.
bool is_open_to_all(std::string_view path) { return !is_api(path) && path != "/"; }

bool is_this_machine(std::string_view client) { return client.starts_with("127.") || client == "::1"; }

PageResponse moved(std::string_view to) {
  PageResponse answer = refusal(303, "Go on there.");
  answer.headers.emplace_back("Location", std::string(to));
  return answer;
}

}  // namespace

bool names_this_machine(std::string_view host) {
  const auto [name, rest] = name_and_port(host);
  return (name == "localhost" || name == "127.0.0.1" || name == "[::1]") && is_port(rest);
}

Gate::Gate(AccessSettings settings, Clock& clock)
    : settings_(std::move(settings)),
      clock_(clock),
      sessions_(settings_.sessions),
      requests_(
          {.per_second = settings_.requests_per_s, .burst = std::max(1.0, 2 * settings_.requests_per_s)}),
      failed_logins_({.per_second = settings_.failed_logins_per_s, .burst = settings_.failed_logins_burst}) {}

bool Gate::is_our_name(std::string_view host) const {
  if (names_this_machine(host)) return true;
  const auto [name, rest] = name_and_port(host);
  const auto is_it = [&offered = name](const std::string& ours) { return lower_of(ours) == offered; };
  return is_port(rest) && std::any_of(settings_.hosts.begin(), settings_.hosts.end(), is_it);
}

std::optional<PageResponse> Gate::turn_away(const PageRequest& request) {
  const auto away = [&](unsigned status, std::string_view title, std::string_view sentence) {
    return turned_away(request.target, status, title, sentence);
  };
  if (request.host.empty()) return away(400, "Host missing", "The request names no host.");
  const std::string_view path = path_of(request.target);
  if (path == "/healthz") return std::nullopt;
  if (!is_our_name(request.host))
    return away(421, "Unknown host",
                settings_.hosts.empty() ? "This page is served under localhost, 127.0.0.1 and [::1] only."
                                        : "This page is not served under this name.");
  const std::chrono::nanoseconds now = clock_.steady();
  if (auto answer = check_rate(request, now)) return answer;
  if (!settings_.proxy_header.empty() && request.proxy_user.empty())
    return away(403, "Proxy missing", "The request did not come through the proxy before this page.");
  if (auto answer = check_origin(request)) return answer;
  return check_token(request, now);
}

// Behind a proxy all come from one address.
std::string_view Gate::who(const PageRequest& request) const {
  const bool by_user = !settings_.proxy_header.empty() && !request.proxy_user.empty();
  return by_user ? request.proxy_user : request.client;
}

std::optional<PageResponse> Gate::check_rate(const PageRequest& request, std::chrono::nanoseconds now) {
  const bool by_user = !settings_.proxy_header.empty() && !request.proxy_user.empty();
  if (!by_user && settings_.spares_this_machine && is_this_machine(request.client)) return std::nullopt;
  if (requests_.take(who(request), now)) return std::nullopt;
  PageResponse answer = turned_away(request.target, 429, "Too many requests",
                                    "This client asks more often than it may; see [page] requests_per_s.");
  answer.headers.emplace_back("Retry-After", std::to_string(requests_.retry_after_s()));
  return answer;
}

// A browser says where a request comes from; a program that is no browser says nothing and holds no cookie
// of ours.
std::optional<PageResponse> Gate::check_origin(const PageRequest& request) const {
  if (request.method != "POST") return std::nullopt;
  const std::string_view site = request.fetch_site;
  bool is_ours = site.empty() || site == "same-origin" || site == "none";
  if (!request.origin.empty()) {
    const std::size_t scheme = request.origin.find("://");
    is_ours = is_ours && scheme != std::string_view::npos &&
              lower_of(request.origin.substr(scheme + 3)) == lower_of(request.host);
  }
  if (is_ours) return std::nullopt;
  return turned_away(request.target, 403, "Cross-site request",
                     "Another site may not send anything here: Origin and Host differ.");
}

bool Gate::is_right(std::string_view offered, std::string_view client, std::chrono::nanoseconds now) {
  if (is_same_secret(settings_.token, offered)) return true;
  (void)failed_logins_.take(client, now);
  return false;
}

std::optional<PageResponse> Gate::check_token(const PageRequest& request, std::chrono::nanoseconds now) {
  if (settings_.token.empty() || is_open_to_all(path_of(request.target))) return std::nullopt;
  if (const std::string_view session = session_in(request.cookie);
      !session.empty() && sessions_.is_known(session, now))
    return std::nullopt;
  if (const auto bearer = bearer_in(request.authorization)) {
    if (!failed_logins_.has_one(who(request), now)) {
      PageResponse answer = turned_away(request.target, 429, "Too many failed logins",
                                        "Wrong tokens came from this client; it may try again later.");
      answer.headers.emplace_back("Retry-After", std::to_string(failed_logins_.retry_after_s()));
      return answer;
    }
    if (is_right(*bearer, who(request), now)) return std::nullopt;
  } else if (!is_api(request.target)) {
    return moved("/login");
  }
  PageResponse answer = turned_away(request.target, 401, "Token missing",
                                    "Send the token as Authorization: Bearer, or log in at /login.");
  answer.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"churnstream\"");
  return answer;
}

std::string Gate::cookie_of(const PageRequest& request, const std::string& name,
                            std::chrono::seconds age) const {
  // Behind a proxy that speaks TLS the browser's own Origin says so.
  const bool is_secure = settings_.is_encrypted || request.origin.starts_with("https://");
  return std::string(kCookie) + "=" + name +
         "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(age.count()) +
         (is_secure ? "; Secure" : "");
}

PageResponse Gate::log_in(const PageRequest& request) {
  const std::chrono::nanoseconds now = clock_.steady();
  if (!failed_logins_.has_one(who(request), now)) {
    PageResponse answer = login_page(429, "Too many wrong tokens came from here. Try again in a minute.");
    answer.headers.emplace_back("Retry-After", std::to_string(failed_logins_.retry_after_s()));
    return answer;
  }
  std::string offered;
  if (const auto form = parse_parameters(request.body))
    for (const auto& [name, value] : *form)
      if (name == "token") offered = value;
  if (!is_right(offered, who(request), now)) return login_page(401, "This is not the token.");
  PageResponse answer = moved("/");
  answer.headers.emplace_back("Set-Cookie", cookie_of(request, sessions_.begin(now), sessions_.lifetime()));
  return answer;
}

PageResponse Gate::log_out(const PageRequest& request) {
  sessions_.end(session_in(request.cookie));
  PageResponse answer = moved("/login");
  answer.headers.emplace_back("Set-Cookie", cookie_of(request, "", std::chrono::seconds(0)));
  return answer;
}

}  // namespace churnstream
