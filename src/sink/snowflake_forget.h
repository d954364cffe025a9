// Erases a customer from the tables of a Snowflake store, of either mode, also while streams write them: rows
// that come later are stored again.
#pragma once

#include "sink/erasure.h"
#include "sink/snowflake_settings.h"

namespace churnstream {

// Table by table, by a warehouse; the same again erases what is left. Tables that are not there have nobody
// in them; one that could not be asked is named as left. An error: Snowflake cannot be asked at all.
Result<Erasure> forget_in_snowflake(SnowflakeSettings settings, const ErasureWishes& wishes);

}  // namespace churnstream
