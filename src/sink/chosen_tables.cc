#include "sink/chosen_tables.h"

#include <algorithm>

namespace churnstream {

std::vector<std::string> ChosenTables::names() const {
  std::vector<std::string> tables;
  if (has_scores) tables.emplace_back("churn_scores");
  if (has_events) tables.emplace_back("churn_events");
  return tables;
}

void declare_tables(Options& options) {
  options.texts("tables", "The tables that are written: churn_scores, churn_events or both.")
      .fallback(ChosenTables().names());
}

void declare_customer_index(Options& options) {
  options.flag(
      "customer_index",
      "An index of churn_events by customer, so that the page finds one's past scores among millions; "
      "writing events costs more. Left out: where the pipeline has a page that reads this store.");
}

bool has_customer_index(const Config& config) {
  return config.has("customer_index") && config.flag("customer_index");
}

Result<ChosenTables> chosen_tables(const Config& config) {
  const std::vector<std::string>& tables = config.texts("tables");
  const auto has = [&](const char* name) {
    return std::find(tables.begin(), tables.end(), name) != tables.end();
  };
  const ChosenTables chosen{has("churn_scores"), has("churn_events")};
  const std::size_t known = std::size_t{chosen.has_scores} + std::size_t{chosen.has_events};
  if (known == 0 || known != tables.size())
    return wrong(config.where("tables"), "tables", "these are not the store's tables",
                 "churn_scores, churn_events or both, each once");
  return chosen;
}

Result<std::string> chosen_view(const Config& config) {
  const std::string& view = config.text("view");
  const std::size_t dot = view.find('.');
  const bool is_qualified = dot != std::string::npos && dot > 0 && dot + 1 < view.size() &&
                            view.find('.', dot + 1) == std::string::npos;
  if (!view.empty() && !is_qualified)
    return wrong(config.where("view"), "view", "this is not SCHEMA.NAME", "\"\" for no view");
  return view;
}

}  // namespace churnstream
