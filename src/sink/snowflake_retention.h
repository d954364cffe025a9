// The end of rows that are older than the file allows, between two batches of a Snowflake sink. By this
// machine's clock; several writers may do it at the same time. Used by the sink's thread.
#pragma once

#include <chrono>

#include "sink/snowflake_statements.h"

namespace churnstream {

class SnowflakeRetention {
 public:
  // Takes out what is too old, once an hour, by one statement a table. What fails is told, and tried again an
  // hour later: rows find their place without it.
  void keep_up(SnowflakeStatements& statements, const SnowflakeSettings& settings);

 private:
  std::chrono::steady_clock::time_point due_;
};

}  // namespace churnstream
