// What the SQLite store remembers, for the page and the API: reads beside the sink on a connection of its
// own, without holding it up. A file that is not there yet is an empty history.
#pragma once

#include <memory>
#include <string>

#include "base/file.h"
#include "data/history.h"

namespace churnstream {

// `value_column` is the customer's column of money per month; empty where there is none. A question other
// than the summary that takes longer than `patience` is given up: trouble.
Result<std::unique_ptr<History>> open_sqlite_history(Path path, std::string value_column,
                                                     std::chrono::milliseconds patience = kQuestionPatience);

}  // namespace churnstream
