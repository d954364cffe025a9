#include "dashboard/store_answers.h"

#include "dashboard/api_answer.h"
#include "dashboard/query.h"
#include "dashboard/store_json.h"
#include "dashboard/store_questions.h"

namespace churnstream {
namespace {

PageResponse answer_to(const Error& error) {
  return error.kind == ErrorKind::wrong ? problem(400, "The question cannot be answered", error.message)
                                        : problem_for_now(503, "The store does not answer", error.message, 5);
}

PageResponse page_of_customers(const PageRequest& request, const Query& query, History& history) {
  const auto page =
      customer_query_of(query).and_then([&](const CustomerQuery& one) { return history.customers(one); });
  return page ? json_answer(request, customers_json(*page)) : answer_to(page.error());
}

PageResponse one_customer(const PageRequest& request, const std::string& id, History& history,
                          const std::set<std::string>& hidden_columns) {
  const auto found = history.customer(id);
  if (!found) return answer_to(found.error());
  if (!*found) return problem(404, "No such customer", "The store knows nobody of this id.");
  return json_answer(request, customer_json(**found, hidden_columns));
}

PageResponse segments(const PageRequest& request, const Query& query, History& history) {
  const auto wanted = segment_query_of(query);
  if (!wanted) return answer_to(wanted.error());
  const auto found = history.segments(wanted->filter, wanted->axes);
  return found ? json_answer(request, segments_json(wanted->axes, *found)) : answer_to(found.error());
}

}  // namespace

PageResponse answer_from_store(const PageRequest& request, History& history,
                               const std::set<std::string>& hidden_columns) {
  const std::optional<Query> query = parse_query(request.target);
  insist(query && query->path.size() >= 3, "only addresses of the store come here");
  const std::vector<std::string>& path = query->path;  // "api", "v1", ...
  if (path[2] == "customers" && path.size() == 3) return page_of_customers(request, *query, history);
  if (path[2] == "customers" && path.size() == 4)
    return one_customer(request, path[3], history, hidden_columns);
  if (path[2] == "segments" && path.size() == 3) return segments(request, *query, history);
  return problem(404, "Nothing here", "There is nothing under this address.");
}

}  // namespace churnstream
