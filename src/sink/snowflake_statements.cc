#include "sink/snowflake_statements.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <nlohmann/json.hpp>
#include <random>

#include "base/json_text.h"
#include "sink/snowflake_bearer.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using Trouble = SnowflakeTrouble;
using Steady = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kAnswerWithin = 60s;  // Snowflake answers 202 after 45 s at the latest
constexpr std::chrono::milliseconds kLookFirst = 50ms, kLookAtMost = 2s;
constexpr const char* kDone = "090001";
constexpr std::size_t kPartitionsMax = 10'000;

// A UUID of version 4 (RFC 9562).
std::string new_request_id() {
  std::random_device random;
  std::array<unsigned, 16> bytes{};
  for (unsigned& byte : bytes) byte = random() & 0xFF;
  bytes[6] = (bytes[6] & 0x0F) | 0x40;
  bytes[8] = (bytes[8] & 0x3F) | 0x80;
  std::string id;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    id += fmt::format("{}{:02x}", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", bytes[i]);
  return id;
}

std::string text_at(const json& object, const char* name) {
  if (!object.is_object()) return {};
  const auto there = object.find(name);
  return there != object.end() && there->is_string() ? there->get<std::string>() : std::string();
}

// It becomes part of a path.
bool is_handle(const std::string& text) {
  return !text.empty() && text.size() <= 100 &&
         std::all_of(text.begin(), text.end(),
                     [](unsigned char letter) { return std::isalnum(letter) != 0 || letter == '-'; });
}

// What trouble a failed statement means, by its SQLSTATE and Snowflake's code.
Trouble trouble_of(const std::string& sqlstate, const std::string& code) {
  // Cancelled, a lock that was waited for too long, an internal error that Snowflake asks to try again.
  for (const char* passing : {"000604", "000625", "000630", "300002", "300005", "604", "625", "630"})
    if (code == passing) return Trouble::passing;
  // A text too long, a NULL where none may be, a number or a time its column cannot hold.
  for (const char* row : {"100078", "100072", "100132", "100035", "100038", "100040", "100046", "100071"})
    if (code == row) return Trouble::row;
  const std::string area = sqlstate.substr(0, 2);
  if (area == "22" || area == "23") return Trouble::row;
  if (area == "08" || area == "40" || area == "53" || area == "57") return Trouble::passing;
  return Trouble::broken;
}

SnowflakeError error_of(const HttpAnswer& answer) {
  const json body = json::parse(answer.body, nullptr, false);
  const std::string code = text_at(body, "code"), message = text_at(body, "message");
  SnowflakeError error{snowflake_trouble(answer.status), {}, answer.retry_after};
  if (answer.status == 422 || answer.status == 200)
    error.trouble = trouble_of(text_at(body, "sqlState"), code);
  error.message = code.empty() ? fmt::format("Snowflake answers {}", answer.status)
                               : fmt::format("Snowflake answers {}: {}", code, message);
  if (answer.status == 408) error.message = "the statement took longer than timeout and was cancelled";
  return error;
}

}  // namespace

SnowflakeStatements::SnowflakeStatements(const SnowflakeSettings& settings, SnowflakeLogin& login)
    : settings_(settings), login_(login), http_(settings), url_(settings.url + "/api/v2/statements") {}

SnowflakeResult<SnowflakeRows> SnowflakeStatements::run(const std::string& sql,
                                                        const std::vector<std::string>& bindings) {
  write_body(sql, bindings);
  const std::size_t content = std::hash<std::string>()(body_);
  const bool is_retry = unanswered_ && unanswered_->content == content;
  const std::string id = is_retry ? unanswered_->request_id : new_request_id();
  auto answer = ask({"POST",
                     fmt::format("{}?requestId={}{}", url_, id, is_retry ? "&retry=true" : ""),
                     {"Content-Type: application/json"},
                     body_});
  if (answer) answer = wait_for(*std::move(answer));
  // With 429 or 503 too: the same id tells the service that it has been asked before.
  const bool may_have_run = !answer || answer->status == 429 || answer->status >= 500;
  if (may_have_run)
    unanswered_ = Unanswered{content, id};
  else if (is_retry)
    unanswered_.reset();
  if (!answer) return tl::make_unexpected(answer.error());
  if (answer->status != 200) return tl::make_unexpected(error_of(*answer));
  return rows_of(answer->body);
}

SnowflakeResult<HttpAnswer> SnowflakeStatements::ask(HttpRequest request) {
  auto answer = send_with_bearer(http_, std::move(request), kAnswerWithin, login_);
  if (!answer || answer->status != 401) return answer;
  return snowflake_failed(Trouble::broken,
                          error_of(*answer).message +
                              " (401: Snowflake does not take the key or the token; look at account, user, "
                              "and DESC USER's RSA_PUBLIC_KEY_FP)");
}

// Looks after a statement that runs on (202) until it is done, or cancels it.
SnowflakeResult<HttpAnswer> SnowflakeStatements::wait_for(HttpAnswer answer) {
  const Steady::time_point deadline = Steady::now() + settings_.timeout;
  std::string handle;
  std::chrono::milliseconds pause = kLookFirst;
  while (answer.status == 202 || (!handle.empty() && snowflake_trouble(answer.status) != Trouble::broken &&
                                  answer.status != 200 && answer.status != 408)) {
    if (answer.status == 202) handle = text_at(json::parse(answer.body, nullptr, false), "statementHandle");
    if (!is_handle(handle))
      return snowflake_failed(Trouble::unknown, "Snowflake's answer 202 names no statement");
    if (Steady::now() > deadline) {
      (void)ask({"POST", fmt::format("{}/{}/cancel", url_, handle), {}, {}});
      return snowflake_failed(Trouble::unknown, "the statement took longer than timeout and was cancelled");
    }
    system_clock().sleep(std::max(pause, std::min(answer.retry_after, kLookAtMost)));
    pause = std::min(pause * 2, kLookAtMost);
    auto next = ask({"GET", fmt::format("{}/{}?requestId={}", url_, handle, new_request_id()), {}, {}});
    if (next)
      answer = *std::move(next);
    else if (next.error().trouble == Trouble::broken)
      return next;
    else
      answer.status = 503;  // looking can be tried again
  }
  return answer;
}

SnowflakeResult<SnowflakeRows> SnowflakeStatements::rows_of(const std::string& body) {
  SnowflakeRows rows;
  const auto take = [&](const json& data) {
    if (!data.is_array()) return;
    for (const json& row : data) {
      auto& cells = rows.emplace_back();
      for (const json& cell : row)
        cells.push_back(cell.is_string() ? std::optional(cell.get<std::string>()) : std::nullopt);
    }
  };
  const json answer = json::parse(body, nullptr, false);
  const std::string code = text_at(answer, "code");
  if (code != kDone) return tl::make_unexpected(error_of({200, body, {}}));
  const auto data = answer.find("data");
  if (data != answer.end()) take(*data);
  const auto meta = answer.find("resultSetMetaData");
  if (meta == answer.end() || !meta->is_object() || !meta->contains("partitionInfo")) return rows;
  const std::size_t partitions = std::min((*meta)["partitionInfo"].size(), kPartitionsMax);
  const std::string handle = text_at(answer, "statementHandle");
  for (std::size_t partition = 1; partition < partitions; ++partition) {
    if (!is_handle(handle)) return snowflake_failed(Trouble::broken, "a result in parts names no statement");
    const auto part = ask({"GET", fmt::format("{}/{}?partition={}", url_, handle, partition), {}, {}});
    if (!part) return tl::make_unexpected(part.error());
    if (part->status != 200) return tl::make_unexpected(error_of(*part));
    // The first part is in the answer; the others come as an object, or as its rows alone.
    const json more = json::parse(part->body, nullptr, false);
    take(more.is_object() && more.contains("data") ? more["data"] : more);
  }
  return rows;
}

void SnowflakeStatements::write_body(const std::string& sql, const std::vector<std::string>& bindings) {
  body_.clear();
  const auto field = [&](const char* name, const std::string& value) {
    if (value.empty()) return;
    fmt::format_to(std::back_inserter(body_), "{}\"{}\":", body_.empty() ? "{" : ",", name);
    append_json_text(body_, value);
  };
  field("statement", sql);
  field("warehouse", settings_.warehouse);
  field("role", settings_.role);
  field("database", settings_.database);
  fmt::format_to(std::back_inserter(body_),
                 ",\"timeout\":{},\"parameters\":{{\"timezone\":\"UTC\",\"query_tag\":\"churnstream\"}}",
                 std::chrono::ceil<std::chrono::seconds>(settings_.timeout).count());
  for (std::size_t i = 0; i < bindings.size(); ++i) {
    fmt::format_to(std::back_inserter(body_),
                   "{}\"{}\":{{\"type\":\"TEXT\",\"value\":", i == 0 ? ",\"bindings\":{" : ",", i + 1);
    append_json_text(body_, bindings[i]);
    body_ += '}';
  }
  body_ += bindings.empty() ? "}" : "}}";
}

std::string snowflake_text(std::string_view text) {
  std::string quoted = "'";
  for (const char letter : text) {
    if (letter == '\'' || letter == '\\') quoted += letter;
    quoted += letter;
  }
  return quoted += '\'';
}

}  // namespace churnstream
