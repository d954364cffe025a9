// What the page's server answers, as a function of the request: no socket and no thread, so that tests and
// random bytes can ask it anything. Owned by the server's thread.
//
//   GET  /                     the page, and /css/..., /js/...: embedded, gzip where taken, with an ETag
//   GET  /login                a form for the token; POST /login and /logout begin and end a session
//   GET  /healthz              "ok"
//   GET  /api/v1/summary       the newest snapshot, as JSON
//   GET  /api/v1/events        the snapshots as they come, as server-sent events
//   GET  /api/v1/refused       what was refused, from the newest snapshot
//   GET  /api/v1/drift         how far the columns have moved, from the newest snapshot
//   GET  /api/v1/flow          rows and latencies, further back than a snapshot
//   GET  /api/v1/model         what the model is
//   GET  /api/v1/openapi.json  all of this, for programs
//   GET  /api/v1/customers, /api/v1/customers/{id}, /api/v1/segments: from the store, on its own thread
//   POST /api/v1/score         rows in the body, scored
#pragma once

#include <functional>
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
#include "watch/flow_history.h"

namespace churnstream {

// A body up to this size is scored at once: a handful of rows cost less than handing them to another thread.
constexpr std::size_t kScoredHereBytesMax = 4 * 1024;

struct PageParts {
  std::span<const PageFile> files;
  AccessSettings access;
  std::unique_ptr<RowScorer> scorer;  // for small bodies; null: no rows are scored
  bool has_scoring_desk = false;      // else every body is scored here
  bool has_store = false;
  std::string model;                         // a JSON document; empty: there is none
  std::function<FlowPast(FlowWindow)> flow;  // empty: nothing is remembered
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
  PageResponse answer_with_flow(const PageRequest& request) const;
  PageResponse answer_with_model(const PageRequest& request) const;
  const PageFile* file_at(std::string_view path) const;
  // Parts of a snapshot that have an address of their own, as JSON; `drift` is empty where there is none.
  struct Taken {
    std::string from, refused, drift;
  };
  const Taken& taken_from(std::string_view snapshot);
  PageResponse answer_with_drift(const PageRequest& request, std::string_view snapshot);

  const PageParts parts_;
  Gate gate_;
  Taken taken_;  // of the newest snapshot that was asked for
};

// Whether the address is one that the store answers.
bool is_for_store(std::string_view path);

}  // namespace churnstream
