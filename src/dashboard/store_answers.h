// What the API says of past scores, read from the run's store: the addresses under /api/v1/customers and
// /api/v1/segments. Called on the store worker's thread, which owns `history`; may take its time.
#pragma once

#include "dashboard/page_request.h"
#include "data/history.h"

namespace churnstream {

// Needs: a GET or HEAD whose target parse_query() understands.
PageResponse answer_from_store(const PageRequest& request, History& history);

}  // namespace churnstream
