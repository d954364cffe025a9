// [[sink]] type = "postgres": what the section says, checked before anything is opened. Plain values.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "config/options.h"
#include "sink/retention.h"

namespace churnstream {

struct PostgresSettings {
  std::map<std::string, std::string> libpq;  // libpq's own settings, and what it takes from the environment
  std::string schema = "public";
  std::string view = "CHURN.CHURN";  // "SCHEMA.NAME"; empty: none
  bool has_scores = true, has_events = true;
  bool outcomes = false;        // churn_outcomes is kept too
  bool customer_index = false;  // of a churn_events that is made
  bool adds_columns = false;    // a customer's new column is added to tables that are there
  bool events_by_day = false;   // churn_events is partitioned
  Retention retention;
  std::chrono::milliseconds timeout{30'000};
};

Options postgres_options();
// Wrong when libpq does not know a setting or does not understand `dsn`; no message holds a secret.
Result<PostgresSettings> postgres_settings_of(const Config& config);

}  // namespace churnstream
