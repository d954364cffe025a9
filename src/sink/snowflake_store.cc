#include "sink/snowflake_store.h"

#include "sink/snowflake_schema.h"

namespace churnstream {

Result<std::unique_ptr<SnowflakeStore>> SnowflakeStore::open(const SnowflakeSettings& settings,
                                                             const Assignment& assignment) {
  CHURNSTREAM_TRY_ASSIGN(ScoredRecord record, ScoredRecord::make(*assignment.columns, *assignment.terms));
  CHURNSTREAM_TRY_ASSIGN(SnowflakeLogin login, SnowflakeLogin::make(settings));
  auto store = std::make_unique<SnowflakeStore>(settings, std::move(record), std::move(login));
  CHURNSTREAM_TRY(make_or_check_snowflake_tables(store->statements, settings, store->rows.columns()));
  if (!settings.view.empty())
    CHURNSTREAM_TRY(
        make_or_check_snowflake_view(store->statements, settings, *assignment.columns, *assignment.terms));
  return store;
}

}  // namespace churnstream
