// What the API says of past scores, read from the run's store. Called on the store worker's thread, which
// owns `history`; may take its time.
//
//   /api/v1/customers         a page of them
//   /api/v1/customers/ID      one, with its data and past scores
//   /api/v1/segments          customers added up by their columns
#pragma once

#include <set>
#include <string>

#include "dashboard/page_request.h"
#include "data/history.h"

namespace churnstream {

// Needs: a GET or HEAD whose target parse_query() understands. Of a single customer the hidden columns are
// not shown.
PageResponse answer_from_store(const PageRequest& request, History& history,
                               const std::set<std::string>& hidden_columns = {});

}  // namespace churnstream
