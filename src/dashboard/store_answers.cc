#include "dashboard/store_answers.h"

#include <algorithm>

#include "dashboard/api_answer.h"
#include "dashboard/query.h"
#include "dashboard/store_json.h"
#include "dashboard/store_questions.h"

namespace churnstream {
namespace {

using Hidden = std::set<std::string>;
using Document = tl::expected<std::string, PageResponse>;  // JSON, or why there is none

constexpr int kStoreShareMax = 10;  // an answer that took 300 ms is kept for 3 s

tl::unexpected<PageResponse> no_document(const Error& error) {
  return tl::unexpected(error.kind == ErrorKind::wrong
                            ? problem(400, "The question cannot be answered", error.message)
                            : problem_for_now(503, "The store does not answer", error.message, 5));
}

Document page_of_customers(const Query& query, History& history, const Hidden& hidden_columns) {
  const auto page = customer_query_of(query).and_then([&](const CustomerQuery& one) {
    return check_hidden(one.filter, hidden_columns).and_then([&] { return history.customers(one); });
  });
  if (!page) return no_document(page.error());
  return customers_json(*page);
}

Document one_customer(const std::string& id, History& history, const Hidden& hidden_columns) {
  const auto found = history.customer(id);
  if (!found) return no_document(found.error());
  if (!*found) return tl::unexpected(problem(404, "No such customer", "The store knows nobody of this id."));
  return customer_json(**found, hidden_columns);
}

Document segments(const Query& query, History& history, const Hidden& hidden_columns) {
  const auto wanted = segment_query_of(query);
  if (!wanted) return no_document(wanted.error());
  const auto found = check_hidden(*wanted, hidden_columns).and_then([&] {
    return history.segments(wanted->filter, wanted->axes, wanted->sums);
  });
  if (!found) return no_document(found.error());
  return segments_json(*wanted, *found);
}

Document outcomes(const Query& query, History& history, const std::optional<OutcomeTerms>& terms,
                  EpochMicros now_us) {
  if (!query.values.empty())
    return tl::unexpected(
        problem(400, "The question cannot be answered", "outcomes are those of all customers"));
  if (!terms) return no_outcomes_json();
  const auto spread = history.outcomes(now_us - terms->delay.count());
  if (!spread) return no_document(spread.error());
  return outcomes_json(*spread, *terms);
}

Document document_of(std::string_view target, History& history, const Telling& told, EpochMicros now_us) {
  const std::optional<Query> query = parse_query(target);
  insist(query && query->path.size() >= 3, "only addresses of the store come here");
  const Hidden& hidden = told.hidden_columns;
  const std::vector<std::string>& path = query->path;  // "api", "v1", ...
  if (path[2] == "customers" && path.size() == 3) return page_of_customers(*query, history, hidden);
  if (path[2] == "customers" && path.size() == 4) return one_customer(path[3], history, hidden);
  if (path[2] == "segments" && path.size() == 3) return segments(*query, history, hidden);
  if (path[2] == "outcomes" && path.size() == 3) return outcomes(*query, history, told.outcomes, now_us);
  return tl::unexpected(problem(404, "Nothing here", "There is nothing under this address."));
}

}  // namespace

StoreDesk::StoreDesk(std::unique_ptr<History> history, Telling told, std::chrono::milliseconds rests,
                     Clock& clock)
    : history_(std::move(history)), told_(std::move(told)), rests_(rests), clock_(clock) {}

PageResponse StoreDesk::answer(const PageRequest& request) {
  const std::chrono::nanoseconds asked = clock_.steady();
  const auto kept = kept_.find(request.target);
  if (kept != kept_.end() && asked < kept->second.until) return json_answer(request, kept->second.json);
  const Document document = document_of(request.target, *history_, told_, clock_.now_us());
  if (!document) return document.error();
  keep(std::string(request.target), *document, asked);
  return json_answer(request, *document);
}

// What is too old goes first; where that is not enough, everything: a rush of different questions has no use
// for answers of before.
void StoreDesk::keep(std::string question, std::string json, std::chrono::nanoseconds asked) {
  const std::chrono::nanoseconds now = clock_.steady();
  const auto size_of = [](const auto& one) { return one.first.size() + one.second.json.size(); };
  std::erase_if(kept_, [&](const auto& one) {
    const bool is_old = one.second.until <= now || one.first == question;
    if (is_old) kept_bytes_ -= size_of(one);
    return is_old;
  });
  const std::size_t bytes = question.size() + json.size();
  if (kept_bytes_ + bytes > kKeptBytesMax) kept_.clear(), kept_bytes_ = 0;
  if (bytes > kKeptBytesMax) return;
  kept_bytes_ += bytes;
  kept_[std::move(question)] = {std::move(json), asked + std::max(rests_, kStoreShareMax * (now - asked))};
}

PageResponse answer_from_store(const PageRequest& request, History& history, const Telling& told,
                               EpochMicros now_us) {
  const Document document = document_of(request.target, history, told, now_us);
  return document ? json_answer(request, *document) : document.error();
}

}  // namespace churnstream
