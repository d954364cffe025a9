#include "command/page_settings.h"

#include "dashboard/access_rules.h"

namespace churnstream {
namespace {

constexpr double kRequestsPerS = 100;  // of one client: a person at the page and a script beside it
constexpr std::string_view kNameLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

bool is_made_of(std::string_view text, std::string_view more) {
  const std::string letters = std::string(kNameLetters) + std::string(more);
  return !text.empty() && text.find_first_not_of(letters) == std::string_view::npos;
}

Result<void> read_tls(const PipelineFile& file, DashboardSettings& settings) {
  const Config& page = *file.page;
  const bool has_certificate = page.has("tls_certificate"), has_key = page.has("tls_key");
  if (has_certificate != has_key)
    return file.file.point_at("page", has_key ? "tls_key" : "tls_certificate",
                              "a certificate and its key go together; the other one is missing");
  if (has_key) settings.server.tls = {page.path("tls_certificate"), page.path("tls_key")};
  settings.access.is_encrypted = has_key;
  return {};
}

Result<void> read_proxy(const PipelineFile& file, DashboardSettings& settings) {
  const Config& page = *file.page;
  const bool has_header = page.has("proxy_header");
  if (page.flag("behind_proxy") && !has_header)
    return file.file.point_at("page", "behind_proxy",
                              "proxy_header has to name the header by which the proxy is known");
  if (!page.flag("behind_proxy") && has_header)
    return file.file.point_at("page", "proxy_header", "this needs behind_proxy = true");
  if (has_header && !is_made_of(page.text("proxy_header"), ""))
    return file.file.point_at("page", "proxy_header", "this is no name of a header");
  if (has_header) settings.server.proxy_header = settings.access.proxy_header = page.text("proxy_header");
  if (page.has("hosts")) settings.access.hosts = page.texts("hosts");
  for (const std::string& host : settings.access.hosts)
    if (!is_made_of(host, ".[]:") || (host.front() != '[' && host.find(':') != std::string::npos))
      return file.file.point_at("page", "hosts",
                                "a host is a name alone, without scheme and port: churn.example.com");
  return {};
}

}  // namespace

OutcomeTerms outcome_terms(const Config& outcomes) {
  return {.delay = std::chrono::duration_cast<std::chrono::microseconds>(outcomes.duration("delay")),
          .customer_value = outcomes.number("customer_value"),
          .offer_cost = outcomes.number("offer_cost"),
          .contact_cost = outcomes.number("contact_cost"),
          .acceptance = outcomes.number("acceptance")};
}

PageLabels page_labels(const Config& page) { return {page.text("title"), page.text("currency")}; }

Result<DashboardSettings> page_settings(const PipelineFile& file) {
  const Config& page = *file.page;
  DashboardSettings settings;
  settings.server.listen = page.text("listen");
  settings.server.connections_per_client = static_cast<std::size_t>(page.integer("connections_per_client"));
  settings.server.body_bytes_max = static_cast<std::size_t>(page.integer("body_bytes_max"));
  settings.snapshot.labels = page_labels(page);
  settings.snapshot.interval = std::chrono::duration_cast<std::chrono::milliseconds>(page.duration("every"));
  if (page.has("token")) settings.access.token = page.text("token");
  settings.access.spares_this_machine = !page.has("requests_per_s");
  settings.access.requests_per_s = page.has("requests_per_s") ? page.number("requests_per_s") : kRequestsPerS;
  CHURNSTREAM_TRY(read_tls(file, settings));
  CHURNSTREAM_TRY(read_proxy(file, settings));
  DashboardSettings checked = settings;
  CHURNSTREAM_TRY(apply_access_rules(checked.server, checked.access));
  return settings;
}

}  // namespace churnstream
