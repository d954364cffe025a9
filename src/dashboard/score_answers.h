// POST /api/v1/score: the rows in a request's body, scored. Called on the thread that owns the scorer.
#pragma once

#include "dashboard/page_request.h"
#include "dashboard/row_scorer.h"

namespace churnstream {

PageResponse answer_with_scores(const PageRequest& request, RowScorer& scorer);

}  // namespace churnstream
