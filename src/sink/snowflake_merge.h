// The MERGE statements of the Snowflake sink: rows come as one JSON array in one text, are unfolded by
// Snowflake, and change a table so that the same rows again change nothing. Plain texts; any thread.
#pragma once

#include <string>
#include <vector>

#include "sink/snowflake_rows.h"
#include "sink/snowflake_settings.h"

namespace churnstream {

// Adds rows of keys that are not there; those that are stay as they are.
std::string snowflake_insert_new(const SnowflakeSettings& settings, const char* table,
                                 const std::vector<SnowflakeColumn>& columns,
                                 const std::vector<std::string>& keys);
// One row per key; it is replaced where `condition` (n: the new row, t: the one that is there) holds; empty:
// always. Needs: each key comes once.
std::string snowflake_replace(const SnowflakeSettings& settings, const char* table,
                              const std::vector<SnowflakeColumn>& columns,
                              const std::vector<std::string>& keys, const std::string& condition);
// Takes out rows of the keys where `condition` holds.
std::string snowflake_delete(const SnowflakeSettings& settings, const char* table,
                             const std::vector<SnowflakeColumn>& columns,
                             const std::vector<std::string>& keys, const std::string& condition);

}  // namespace churnstream
