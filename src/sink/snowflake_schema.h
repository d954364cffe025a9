// The tables and views of the Snowflake store (docs/formats/stores.md): made where they are missing, compared
// where they are not. Used by the sink's thread while it opens.
#pragma once

#include "data/schema.h"
#include "sink/snowflake_catalog.h"
#include "sink/snowflake_rows.h"
#include "sink/view_column.h"

namespace churnstream {

constexpr int kSnowflakeFormatVersion = 1;

// Whether the event of one row is newer (">"), or as new or newer (">="), than that of another, by its time
// and then its position; "<" and "<=" the other way.
std::string snowflake_is_newer(const char* left, const char* relation, const char* right);

// What CHURN_FORGOTTEN and a tombstone's row have.
const std::vector<SnowflakeColumn>& snowflake_tombstone_columns();
// The tables of the mode, as Snowflake calls them; views are none.
std::vector<std::string> snowflake_table_names(const SnowflakeSettings& settings);

// Where an event came from: its key in CHURN_EVENTS and CHURN_FORGOTTEN.
const std::vector<std::string>& snowflake_place_columns();
// What CHURN_POSITIONS has.
const std::vector<SnowflakeColumn>& snowflake_position_columns();

// Wrong when the tables were written by another version or have other columns; says which. Several writers
// may open at once.
Result<void> make_or_check_snowflake_tables(SnowflakeStatements& statements,
                                            const SnowflakeSettings& settings,
                                            const std::vector<SnowflakeColumn>& columns);

// The same without making or changing anything; says whether all of them are there.
Result<bool> check_snowflake_tables(SnowflakeStatements& statements, const SnowflakeSettings& settings,
                                    const std::vector<SnowflakeColumn>& columns);

// What the view of churn_scores shows in the original's shape: the customers' columns in the order of
// `customer`, CHURN (the predicted class), PREDICTION (its index: 0.0 or 1.0), then what else we know.
// `shows` is an expression over churn_scores as s.
std::vector<ViewColumn> snowflake_view_columns(const Schema& customer, const ScoreTerms& terms);

// Made where it is missing. Wrong when the name belongs to something else. Needs: settings.view is
// "SCHEMA.NAME".
Result<void> make_or_check_snowflake_view(SnowflakeStatements& statements, const SnowflakeSettings& settings,
                                          const Schema& customer, const ScoreTerms& terms);

}  // namespace churnstream
