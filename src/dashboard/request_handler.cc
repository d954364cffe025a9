#include "dashboard/request_handler.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "dashboard/flow_json.h"
#include "dashboard/query.h"
#include "dashboard/score_answers.h"

namespace churnstream {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kScore = "/api/v1/score";
constexpr std::string_view kOutcomes = "/api/v1/outcomes";
constexpr std::size_t kLoginBytesMax = 4 * 1024;

PageResponse answer_with_file(const PageRequest& request, const PageFile& file) {
  const bool packed = takes_gzip(request.accept_encoding);
  const std::string tag = "\"" + std::string(file.tag) + (packed ? "-gzip\"" : "\"");
  std::string body;
  if (packed) {
    body.assign(reinterpret_cast<const char*>(file.gzip.data()), file.gzip.size());
  } else {
    Result<std::string> plain = unpacked(file);
    if (!plain) return refusal(500, plain.error().message);
    body = std::move(*plain);
  }
  const bool known = is_known_already(request.if_none_match, tag);
  PageResponse answer = plain_response(known ? 304 : 200, file.content_type,
                                       known ? std::string() : std::move(body), "no-cache");
  for (auto& [name, value] : answer.headers)
    if (name == "Content-Security-Policy") value = content_security_policy(file.script, file.style);
  answer.headers.emplace_back("ETag", tag);
  answer.headers.emplace_back("Vary", "Accept-Encoding");
  if (packed && !known) answer.headers.emplace_back("Content-Encoding", "gzip");
  return answer;
}

PageResponse elsewhere(Desk desk) {
  PageResponse answer;
  answer.desk = desk;
  return answer;
}

PageResponse nothing_there(std::string_view target) {
  return turned_away(target, 404, "Not found", "There is nothing under this address.");
}

PageResponse not_by(std::string_view target, std::string_view allowed) {
  PageResponse answer =
      turned_away(target, 405, "Method not allowed", "Only " + std::string(allowed) + " is answered here.");
  answer.headers.emplace_back("Allow", std::string(allowed));
  return answer;
}

bool is_login(std::string_view path) { return path == "/login" || path == "/logout"; }

}  // namespace

bool is_for_store(std::string_view path) {
  return path == "/api/v1/customers" || path.starts_with("/api/v1/customers/") ||
         path == "/api/v1/segments" || path == kOutcomes;
}

PageHandler::PageHandler(PageParts parts, Clock& clock)
    : parts_(std::move(parts)), gate_(parts_.access, clock) {}

std::optional<PageResponse> PageHandler::at_the_door(const PageRequest& request) {
  if (auto away = gate_.turn_away(request)) return away;
  const std::string_view path = path_of(request.target);
  const bool is_get = request.method == "GET" || request.method == "HEAD";
  const bool is_post = request.method == "POST";
  if (path == kScore || path == "/logout") {
    if (!is_post) return not_by(request.target, "POST");
  } else if (!is_get && !(is_post && path == "/login")) {
    return not_by(request.target, path == "/login" ? "GET, HEAD, POST" : "GET, HEAD");
  }
  if (is_login(path) && !gate_.has_token()) return nothing_there(request.target);
  if (is_get && request.body_bytes > 0)
    return turned_away(request.target, 413, "Body not wanted", "A request has no body here.");
  if (is_login(path) && request.body_bytes > kLoginBytesMax)
    return refusal(413, "A token is not as long as that.");
  return std::nullopt;
}

PageResponse PageHandler::answer(const PageRequest& request, std::string_view snapshot) {
  if (request.method == "POST") return answer_to_post(request);
  PageResponse answer = answer_to_get(request, snapshot);
  if (request.method == "HEAD") answer.body.clear(), answer.is_event_stream = false;
  return answer;
}

PageResponse PageHandler::answer_to_get(const PageRequest& request, std::string_view snapshot) {
  const std::string_view path = path_of(request.target);
  if (path == "/healthz") return plain_response(200, "text/plain; charset=utf-8", "ok\n", "no-store");
  if (path == "/login") return login_page(200, "");
  if (path == "/api/v1/summary")
    return plain_response(200, "application/json", std::string(snapshot), "no-store");
  if (path == "/api/v1/refused") return json_answer(request, taken_from(snapshot).refused);
  if (path == "/api/v1/drift") return answer_with_drift(request, snapshot);
  if (path == "/api/v1/flow") return answer_with_flow(request);
  if (path == "/api/v1/model") return answer_with_model(request);
  if (path == "/api/v1/events") {
    PageResponse answer = plain_response(200, "text/event-stream", {}, "no-store");
    answer.is_event_stream = true;
    return answer;
  }
  if (is_for_store(path)) {
    if (!parse_query(request.target))
      return problem(400, "Address not understood", "The address holds what no address may hold.");
    if (!parts_.has_store)
      return problem(404, "No store", "This run writes to no store that can be asked for past scores.");
    return elsewhere(Desk::store);
  }
  const PageFile* const file = file_at(path);
  return file == nullptr ? nothing_there(request.target) : answer_with_file(request, *file);
}

PageResponse PageHandler::answer_with_flow(const PageRequest& request) const {
  if (!parts_.flow) return problem(404, "No flow", "Nothing is remembered of how the stream went.");
  const std::optional<Query> query = parse_query(request.target);
  const bool is_known = query && query->values.size() <= 1 &&
                        (query->values.empty() || query->values.front().first == "window");
  const auto window = is_known
                          ? flow_window_of(query->value("window").value_or(name_of(FlowWindow::two_minutes)))
                          : std::nullopt;
  if (!window)
    return problem(400, "The question cannot be answered",
                   "reading the parameter window: it is one of 2min, 15min, 2h, and there is no other one");
  return json_answer(request, flow_json(*window, parts_.flow(*window)));
}

PageResponse PageHandler::answer_with_model(const PageRequest& request) const {
  if (parts_.model.empty()) return problem(404, "No model", "This run shows nothing of its model.");
  return json_answer(request, parts_.model);
}

PageResponse PageHandler::answer_to_post(const PageRequest& request) {
  const std::string_view path = path_of(request.target);
  if (path == "/login") return gate_.log_in(request);
  if (path == "/logout") return gate_.log_out(request);
  if (parts_.scorer == nullptr) return problem(404, "No scorer", "No rows are scored under this address.");
  if (parts_.has_scoring_desk && request.body.size() > kScoredHereBytesMax) return elsewhere(Desk::scoring);
  return answer_with_scores(request, *parts_.scorer);
}

const PageFile* PageHandler::file_at(std::string_view path) const {
  const auto file = std::find_if(parts_.files.begin(), parts_.files.end(),
                                 [&](const PageFile& one) { return one.address == path; });
  return file == parts_.files.end() ? nullptr : &*file;
}

// Once per snapshot, however often they are asked.
const PageHandler::Taken& PageHandler::taken_from(std::string_view snapshot) {
  if (!taken_.refused.empty() && taken_.from == snapshot) return taken_;
  const Json whole = Json::parse(snapshot, nullptr, false);
  const auto part = [&](const char* name) {
    return whole.is_object() && whole.contains(name) ? whole.at(name) : Json();
  };
  const Json account = part("account"), refused = part("refused"), drift = part("drift");
  Json document{{"time", part("time")},
                {"rows_refused", account.is_object() ? account.value("refused", Json()) : Json()}};
  document["by_reason"] = refused.is_object() ? refused.value("by_reason", Json::array()) : Json::array();
  document["recent"] = refused.is_object() ? refused.value("recent", Json::array()) : Json::array();
  taken_ = {std::string(snapshot), document.dump(), drift.is_object() ? drift.dump() : std::string()};
  return taken_;
}

PageResponse PageHandler::answer_with_drift(const PageRequest& request, std::string_view snapshot) {
  const std::string& drift = taken_from(snapshot).drift;
  if (drift.empty())
    return problem(404, "No drift", "The model's notes do not say how the columns were spread in training.");
  return json_answer(request, drift);
}

}  // namespace churnstream
