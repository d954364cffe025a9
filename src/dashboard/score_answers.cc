#include "dashboard/score_answers.h"

#include <optional>

#include "dashboard/api_answer.h"
#include "dashboard/header_text.h"

namespace churnstream {
namespace {

std::optional<RowsFormat> format_of(std::string_view content_type) {
  const std::string type = lower_of(without_blanks(content_type.substr(0, content_type.find(';'))));
  if (type == "application/json") return RowsFormat::json;
  if (type == "application/x-ndjson" || type == "application/jsonl") return RowsFormat::json_lines;
  if (type == "text/csv") return RowsFormat::csv;
  return std::nullopt;
}

std::string_view title_of(unsigned status) {
  switch (status) {
    case 413: return "Too many rows";
    case 422: return "Row refused";
    default: return "Body not understood";
  }
}

}  // namespace

PageResponse answer_with_scores(const PageRequest& request, RowScorer& scorer) {
  const std::optional<RowsFormat> format = format_of(request.content_type);
  if (!format)
    return problem(415, "Unknown content type",
                   "Rows are taken as application/json, application/x-ndjson or text/csv.");
  RowsAnswer answer;
  scorer.score(*format, request.body, answer);
  if (answer.status != 200) return problem(answer.status, title_of(answer.status), answer.text);
  return plain_response(200, "application/json", std::move(answer.text), "no-store");
}

}  // namespace churnstream
