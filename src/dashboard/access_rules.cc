#include "dashboard/access_rules.h"

namespace churnstream {
namespace {

std::string host_of(const std::string& listen) { return listen.substr(0, listen.rfind(':')); }

bool is_every_address(const std::string& host) { return host == "0.0.0.0" || host == "[::]"; }

Result<void> check_others(const ServerSettings& server, const AccessSettings& access) {
  const auto no = [&](std::string_view why, std::string_view hint) {
    return wrong("opening " + server.what + " on", server.listen, why, hint);
  };
  const bool has_proxy = !access.proxy_header.empty();
  if (has_proxy && is_every_address(host_of(server.listen)))
    return no("behind a proxy the page listens only where the proxy reaches it",
              "name that one address of this machine");
  if (has_proxy && access.hosts.empty())
    return no("behind a proxy the page has a name of its own", "hosts = [\"churn.example.com\"]");
  if (has_proxy) return {};
  if (access.token.empty())
    return no("the page shows customers, and other machines could reach this address without a token",
              "listen on 127.0.0.1, localhost or [::1] and use ssh -L 8080:127.0.0.1:8080 from elsewhere; or "
              "give [page] a token, tls_certificate and tls_key, or a proxy (docs/guides/page.md)");
  if (!server.tls)
    return no("the token and the customers would cross the network for everybody to read",
              "give [page] tls_certificate and tls_key, or behind_proxy with proxy_header and hosts");
  if (is_every_address(host_of(server.listen)) && access.hosts.empty())
    return no("it has to be said under which names the page is served",
              "hosts = [\"churn.example.com\"], or listen on one address");
  return {};
}

}  // namespace

Result<void> apply_access_rules(ServerSettings& server, AccessSettings& access) {
  if (!access.token.empty() && access.token.size() < kTokenLettersMin)
    return wrong("opening " + server.what + " on", server.listen,
                 "its token has fewer than " + std::to_string(kTokenLettersMin) + " characters",
                 "openssl rand -hex 24 makes a good one");
  if (names_this_machine(server.listen)) return {};
  CHURNSTREAM_TRY(check_others(server, access));
  server.others_may_see = true;
  if (const std::string host = host_of(server.listen); !is_every_address(host)) access.hosts.push_back(host);
  return {};
}

}  // namespace churnstream
