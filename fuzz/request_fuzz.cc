// Random bytes as a request to the live page and its API: they are answered or turned away, nothing of this
// machine is told to somebody who does not use one of its names, and what is answered as JSON is JSON.
#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "command/row_scoring.h"
#include "dashboard/dashboard.h"
#include "dashboard/query.h"
#include "dashboard/request_handler.h"
#include "testing/two_trees.h"

using namespace churnstream;

namespace {

constexpr std::string_view kSnapshot = R"({"customer_id":"7590-VHVEG"})";
constexpr const char* kPipeline = R"(
[source]
type = "file"
path = "customers.csv"
[model]
path = "model"
[score]
value = "charges"
[[sink]]
type = "console"
[refused]
type = "file"
path = "refused.jsonl"
)";

std::unique_ptr<RowScorer> make_scorer() {
  const PipelineFile file = *parse_pipeline_file(kPipeline, "pipeline.toml", "/");
  const auto model = *make_two_trees(HandleInvalid::error);
  const CustomerColumns customer = *customer_columns(file, *model);
  const auto terms = std::make_shared<CurrentTerms>(*score_terms(file, *model, *customer.raw, customer.key));
  return *make_row_scorer(file, {model, make_fast_scorer(model->predictor()), terms, 100});
}

bool is_one_of_our_answers(unsigned status) {
  for (const unsigned known : {200U, 304U, 400U, 404U, 405U, 413U, 415U, 421U, 422U, 431U, 403U})
    if (status == known) return true;
  return false;
}

bool names_us(std::string_view bytes) {
  std::string small(bytes);
  std::transform(small.begin(), small.end(), small.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return small.find("localhost") != small.npos || small.find("127.0.0.1") != small.npos ||
         small.find("[::1]") != small.npos;
}

void look_at(const PageResponse& response) {
  insist(is_one_of_our_answers(response.status), "a request is answered with a status we know");
  insist(response.body.empty() || response.body.size() == response.content_length,
         "the length said is the length sent");
  for (const auto& [name, value] : response.headers) {
    insist(value.find_first_of("\r\n") == value.npos, "a header is one line");
    if (name == "Content-Type" && value.ends_with("json") && !response.body.empty() && response.status != 200)
      insist(nlohmann::json::accept(response.body), "a problem is JSON");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ServerSettings kSettings{.body_bytes_max = 64 * 1024};
  static const ServerAnswers kAnswers =
      page_answers({}, {.row_scorer = make_scorer(), .rows_scorer = make_scorer()}, system_clock());
  static const std::unique_ptr<RowScorer> kScorer = make_scorer();

  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const PageResponse response = answer_to_bytes(bytes, kSettings, kAnswers, kSnapshot);
  look_at(response);
  if (response.body == kSnapshot) insist(names_us(bytes), "the snapshot goes only to who names this machine");

  // The same bytes as the parts of a request that parsing would never let through.
  const std::size_t half = size / 2;
  const PageRequest request{.method = "GET",
                            .target = bytes.substr(0, half),
                            .host = "localhost",
                            .accept_encoding = bytes.substr(half),
                            .if_none_match = bytes.substr(half)};
  if (const auto away = kAnswers.at_the_door(request))
    look_at(*away);
  else
    look_at(kAnswers.answer(request, kSnapshot));
  (void)names_this_machine(bytes);
  (void)parse_query(bytes);

  // And as rows: whatever they are, the answer is JSON.
  for (const RowsFormat format : {RowsFormat::json, RowsFormat::json_lines, RowsFormat::csv}) {
    RowsAnswer answer;
    kScorer->score(format, bytes, answer);
    insist(is_one_of_our_answers(answer.status), "rows are answered with a status we know");
    if (answer.status == 200) insist(nlohmann::json::accept(answer.text), "scores are JSON");
  }
  return 0;
}
