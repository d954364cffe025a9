#include "dashboard/request_handler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/clock.h"
#include "base/sha256.h"
#include "dashboard/dashboard.h"

namespace churnstream {
namespace {

std::string header(const PageResponse& response, std::string_view name) {
  const auto found = std::find_if(response.headers.begin(), response.headers.end(),
                                  [&](const auto& one) { return one.first == name; });
  return found == response.headers.end() ? "" : found->second;
}

PageResponse ask(PageRequest request, AccessSettings access = {}) {
  PageHandler handler({page_files(), std::move(access), nullptr, false, false}, system_clock());
  if (request.method.empty()) request.method = "GET";
  if (request.host.empty()) request.host = "127.0.0.1:8080";
  if (auto away = handler.at_the_door(request)) return *std::move(away);
  return handler.answer(request, R"({"seq":7})");
}

PageResponse get(std::string_view target, PageRequest request = {}) {
  request.target = target;
  return ask(request);
}

PageResponse bytes(std::string_view text) {
  return answer_to_bytes(text, {.header_bytes_max = 500}, page_answers({}, {}, system_clock()),
                         R"({"seq":7})");
}

TEST(Request, ThePageAndEverythingItNamesIsCompiledIn) {
  const std::string page = get("/").body;
  EXPECT_THAT(page, testing::StartsWith("<!doctype html>"));
  for (std::size_t at = page.find("=\"/"); at != std::string::npos; at = page.find("=\"/", at + 1)) {
    const std::string address = page.substr(at + 2, page.find('"', at + 2) - at - 2);
    EXPECT_EQ(get(address).status, 200U) << address;
  }
}

TEST(Request, ThePageIsSmallAndItsHeadNamesOnlyWhatTheFirstFrameNeeds) {
  std::size_t packed = 0;
  for (const PageFile& file : page_files()) packed += file.gzip.size();
  EXPECT_LE(packed, 700'000u);
  const std::string page = get("/").body;
  EXPECT_THAT(page, testing::HasSubstr(R"(rel="modulepreload" href="/js/cards.js")"));
  EXPECT_THAT(page, testing::Not(testing::HasSubstr("histogram.js")));
}

// What stands between two tags, as a source of the Content-Security-Policy.
std::string hash_source(std::string_view page, std::string_view begin, std::string_view end) {
  const std::size_t from = page.find(begin) + begin.size();
  const std::string hex = sha256_hex(page.substr(from, page.find(end, from) - from));
  std::string digest;
  for (std::size_t at = 0; at < hex.size(); at += 2)
    digest += static_cast<char>(std::stoi(hex.substr(at, 2), nullptr, 16));
  return "'sha256-" + base64_of(digest) + "'";
}

TEST(Request, ThePageMayRunTheScriptThatStandsInItAndNoOther) {
  const PageResponse page = get("/");
  const std::string policy = header(page, "Content-Security-Policy");
  EXPECT_THAT(policy, testing::HasSubstr("script-src 'self' " +
                                         hash_source(page.body, "<script>", "</script>") + ";"));
  EXPECT_THAT(policy,
              testing::HasSubstr("style-src 'self' " + hash_source(page.body, "<style>", "</style>") + ";"));
  EXPECT_EQ(page.body.find("<script>", page.body.find("<script>") + 1), std::string::npos);
  EXPECT_THAT(header(get("/js/main.js"), "Content-Security-Policy"),
              testing::Not(testing::HasSubstr("sha256")));
}

TEST(Request, TheSnapshotIsAnsweredAsItIsAndKeptByNobody) {
  const PageResponse response = get("/api/v1/summary");
  EXPECT_EQ(response.body, R"({"seq":7})");
  EXPECT_EQ(header(response, "Content-Type"), "application/json");
  EXPECT_EQ(header(response, "Cache-Control"), "no-store");
}

TEST(Request, TheDriftIsThatOfTheNewestSnapshotOrNotThere) {
  PageHandler handler({.files = page_files()}, system_clock());
  const PageRequest request{.method = "GET", .target = "/api/v1/drift"};
  EXPECT_EQ(handler.answer(request, R"({"drift":{"rows":7}})").body, R"({"rows":7})");
  EXPECT_EQ(handler.answer(request, R"({"drift":{"rows":8}})").body, R"({"rows":8})");
  for (const char* none : {R"({"drift":null})", R"({"seq":7})", ""})
    EXPECT_EQ(handler.answer(request, none).status, 404U) << none;
}

TEST(Request, HowTheStreamWentIsToldForAKnownWindowOnly) {
  FlowHistory flow(std::chrono::seconds(0));
  for (int second = 0; second < 3'600; ++second)
    flow.add(std::chrono::seconds(second), 4, std::chrono::milliseconds(1));
  PageHandler handler({.files = page_files(),
                       .flow = [&](FlowWindow window) { return flow.past(window, std::chrono::hours(1)); }},
                      system_clock());
  const auto ask_for = [&](std::string_view target) {
    return handler.answer({.method = "GET", .target = target}, "{}");
  };
  const auto far = nlohmann::json::parse(ask_for("/api/v1/flow?window=2h").body);
  EXPECT_EQ(far["step_s"], 60);
  EXPECT_EQ(far["rows_per_s"].size(), 60U);
  EXPECT_EQ(far["rows_per_s"][0], 4.0);
  EXPECT_EQ(far["seconds_ago"][0], 3'600);
  EXPECT_EQ(nlohmann::json::parse(ask_for("/api/v1/flow").body)["step_s"], 1);
  for (const char* target : {"/api/v1/flow?window=1h", "/api/v1/flow?windows=2h", "/api/v1/flow?window=%ff",
                             "/api/v1/flow?window=2h&window=2h"})
    EXPECT_EQ(ask_for(target).status, 400U) << target;
  EXPECT_EQ(get("/api/v1/flow").status, 404U);
}

TEST(Request, TheModelIsADocumentThatIsKeptUntilItChanges) {
  PageHandler handler({.files = page_files(), .model = R"({"trees":20})"}, system_clock());
  const PageResponse answer = handler.answer({.method = "GET", .target = "/api/v1/model"}, "{}");
  EXPECT_EQ(answer.body, R"({"trees":20})");
  const std::string tag = header(answer, "ETag");
  EXPECT_EQ(handler.answer({.method = "GET", .target = "/api/v1/model", .if_none_match = tag}, "{}").status,
            304U);
  EXPECT_EQ(get("/api/v1/model").status, 404U);
}

TEST(Request, EventsAreAStreamAndHeadOfThemIsNot) {
  EXPECT_TRUE(get("/api/v1/events").is_event_stream);
  EXPECT_FALSE(get("/api/v1/events", {.method = "HEAD"}).is_event_stream);
  EXPECT_EQ(get("/healthz").body, "ok\n");
}

TEST(Request, GzipIsSentOnlyToThoseWhoTakeIt) {
  const PageResponse packed = get("/", {.accept_encoding = "br, gzip;q=0.8"});
  EXPECT_EQ(header(packed, "Content-Encoding"), "gzip");
  EXPECT_LT(packed.body.size(), get("/").body.size());
  for (const char* refused : {"", "br", "gzip;q=0", "gzip; q=0.000", "gzipped", "identity"})
    EXPECT_EQ(header(get("/", {.accept_encoding = refused}), "Content-Encoding"), "") << refused;
  EXPECT_EQ(header(packed, "Vary"), "Accept-Encoding");
}

TEST(Request, AKnownFileIsNotSentAgainAndPackedAndPlainAreTwoThings) {
  const std::string plain = header(get("/css/page.css"), "ETag");
  const std::string packed = header(get("/css/page.css", {.accept_encoding = "gzip"}), "ETag");
  EXPECT_NE(plain, packed);
  EXPECT_EQ(get("/css/page.css", {.if_none_match = "\"other\", W/" + plain}).status, 304U);
  EXPECT_EQ(get("/css/page.css", {.if_none_match = plain}).body, "");
  EXPECT_EQ(get("/css/page.css", {.if_none_match = packed}).status, 200U);
  EXPECT_EQ(get("/css/page.css", {.if_none_match = "*"}).status, 304U);
}

TEST(Request, HeadHasTheLengthButNotTheBody) {
  const PageResponse head = get("/", {.method = "HEAD"});
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(head.content_length, get("/").body.size());
}

TEST(Request, OnlyNamesOfThisMachineAreAnswered) {
  for (const char* name : {"localhost", "LOCALHOST:9000", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:65535"})
    EXPECT_TRUE(names_this_machine(name)) << name;
  for (const char* name :
       {"", "evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example",
        "127.0.0.2", "[::1", "::1", "[::1]x", "localhost:", "localhost:80a", "localhost:1234567",
        "localhost@evil.example", "localhost, evil.example", "[]", "]"})
    EXPECT_FALSE(names_this_machine(name)) << name;
  EXPECT_EQ(get("/api/v1/summary", {.host = "evil.example:8080"}).status, 421U);
  EXPECT_EQ(get("/", {.host = "evil.example"}).body.find("html"), std::string::npos);
}

TEST(Request, PathTricksFindNothing) {
  for (const char* path :
       {"/../etc/passwd", "/..%2fetc/passwd", "//", "/css/../index.html", "/css/", "/index.html", "",
        "/css/page.css/", "/%2e%2e/", "/CSS/page.css", "http://127.0.0.1/", "*", "/css\\page.css"})
    EXPECT_EQ(get(path).status, 404U) << path;
  EXPECT_EQ(get("/?from=a&to=b").status, 200U);
}

TEST(Request, OnlyReadingIsAllowed) {
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get"}) {
    EXPECT_EQ(get("/", {.method = method}).status, 405U) << method;
    EXPECT_EQ(header(get("/", {.method = method}), "Allow"), "GET, HEAD");
  }
}

TEST(Request, EveryAnswerForbidsWhatThePageDoesNotNeed) {
  for (const PageResponse& response :
       {get("/"), get("/nothing"), get("/api/v1/summary"), get("/api/v1/events"),
        get("/", {.host = "evil.example"}), get("/", {.method = "POST"}), bytes("nonsense\r\n\r\n")}) {
    const std::string policy = header(response, "Content-Security-Policy");
    EXPECT_THAT(policy, testing::HasSubstr("default-src 'none'"));
    EXPECT_THAT(policy, testing::Not(testing::HasSubstr("unsafe")));
    EXPECT_EQ(header(response, "X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(header(response, "Access-Control-Allow-Origin"), "");
  }
}

TEST(Request, BytesOfARequestAreUnderstood) {
  EXPECT_EQ(bytes("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").body, "ok\n");
  EXPECT_EQ(bytes("GET /healthz HTTP/1.1\r\n\r\n").status, 400U);
  EXPECT_EQ(bytes("GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n").status, 400U);
  EXPECT_EQ(bytes("GET /healthz HTTP/1.1\r\nHost: localhost\r\n").status, 400U);
  EXPECT_EQ(
      bytes("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(600, 'x') + "\r\n\r\n").status,
      431U);
  EXPECT_EQ(bytes("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello").status, 413U);
  EXPECT_THAT(header(bytes("GET /api/v1/" + std::string(600, 'x') + " HTTP/1.1\r\n\r\n"), "Content-Type"),
              "application/problem+json");
  EXPECT_EQ(bytes("").status, 400U);
  EXPECT_EQ(bytes(std::string_view("GET /\0 HTTP/1.1\r\n\r\n", 18)).status, 400U);
}

}  // namespace
}  // namespace churnstream
