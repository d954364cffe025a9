// What the page's server answers, as a function of the request: no socket and no thread, so that tests and
// random bytes can ask it anything. Owned by the server's thread.
//
//   GET  /                     the page, and /css/..., /js/...: the embedded files, gzip where taken, with an
//   ETag GET  /login                a form for the token; POST /login and /logout begin and end a session GET
//   /healthz              "ok" GET  /api/v1/summary       the newest snapshot, as JSON GET  /api/v1/events
//   the snapshots as they come, as server-sent events GET  /api/v1/refused       what was refused, from the
//   newest snapshot GET  /api/v1/openapi.json  all of this, for programs POST /api/v1/score         rows in
//   the body, scored GET  /api/v1/customers, /api/v1/customers/{id}, /api/v1/segments: from the store, on its
//   own thread
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "dashboard/api_answer.h"
#include "dashboard/gate.h"
#include "dashboard/page_files.h"
#include "dashboard/page_request.h"
#include "dashboard/row_scorer.h"

namespace churnstream {

// A body up to this size is scored at once: a handful of rows cost less than handing them to another thread.
constexpr std::size_t kScoredHereBytesMax = 4 * 1024;

struct PageParts {
  std::span<const PageFile> files;
  AccessSettings access;
  std::unique_ptr<RowScorer> scorer;  // for small bodies; null: no rows are scored
  bool has_scoring_desk = false;      // else every body is scored here
  bool has_store = false;
};

class PageHandler {
 public:
  // `clock` outlives the handler.
  PageHandler(PageParts parts, Clock& clock);

  // Of a request whose head alone has come: who may not ask, and what is not there, is told before a body is
  // read. Nothing: read on.
  std::optional<PageResponse> at_the_door(const PageRequest& request);

  // Of a whole request that was let in. `snapshot` is the newest snapshot's JSON. Where the response names
  // another desk, the answer is made there.
  PageResponse answer(const PageRequest& request, std::string_view snapshot);

 private:
  PageResponse answer_to_get(const PageRequest& request, std::string_view snapshot);
  PageResponse answer_to_post(const PageRequest& request);
  const PageFile* file_at(std::string_view path) const;
  const std::string& refused_of(std::string_view snapshot);

  const PageParts parts_;
  Gate gate_;
  std::string refused_from_, refused_;  // the snapshot that was taken apart last, and its part
};

// Whether the address is one that the store answers.
bool is_for_store(std::string_view path);
// Of these, whether it is about true outcomes (dashboard/outcome_answers.h).
bool is_for_outcomes(std::string_view target);

}  // namespace churnstream
