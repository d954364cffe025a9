#include "dashboard/api_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <nlohmann/json.hpp>

namespace churnstream {
namespace {

std::string header(const PageResponse& response, std::string_view name) {
  for (const auto& [known, value] : response.headers)
    if (known == name) return value;
  return "";
}

std::string unzipped(const std::string& packed) {
  std::string plain(100'000, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<unsigned char*>(plain.data());
  stream.avail_out = static_cast<uInt>(plain.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  plain.resize(stream.total_out);
  inflateEnd(&stream);
  return plain;
}

const std::string kLong = "[\"" + std::string(5'000, 'x') + "\"]";

TEST(ApiAnswer, TheSameContentHasTheSameTagAndIsNotSentAgain) {
  const std::string tag = header(json_answer({}, "{}"), "ETag");
  EXPECT_EQ(header(json_answer({}, "{}"), "ETag"), tag);
  EXPECT_NE(header(json_answer({}, "[]"), "ETag"), tag);
  const PageResponse known = json_answer({.if_none_match = "\"x\", W/" + tag}, "{}");
  EXPECT_EQ(known.status, 304U);
  EXPECT_EQ(known.body, "");
  EXPECT_EQ(header(known, "ETag"), tag);
  EXPECT_EQ(json_answer({.if_none_match = tag}, "[]").status, 200U);
}

TEST(ApiAnswer, ALongDocumentIsPackedForThoseWhoTakeIt) {
  const PageResponse packed = json_answer({.accept_encoding = "gzip"}, kLong);
  EXPECT_EQ(header(packed, "Content-Encoding"), "gzip");
  EXPECT_LT(packed.body.size(), 200U);
  EXPECT_EQ(packed.content_length, packed.body.size());
  EXPECT_EQ(unzipped(packed.body), kLong);
  EXPECT_EQ(json_answer({}, kLong).body, kLong);
  EXPECT_NE(header(packed, "ETag"), header(json_answer({}, kLong), "ETag"));
  EXPECT_EQ(header(json_answer({}, kLong), "Vary"), "Accept-Encoding");
}

TEST(ApiAnswer, AShortDocumentIsNotWorthPacking) {
  EXPECT_EQ(header(json_answer({.accept_encoding = "gzip"}, "{}"), "Content-Encoding"), "");
}

TEST(ApiAnswer, AProblemHasItsFourMembers) {
  const PageResponse answer = problem(422, "Row refused", "customer \"7590\": no tenure");
  EXPECT_EQ(answer.status, 422U);
  EXPECT_EQ(header(answer, "Content-Type"), "application/problem+json");
  EXPECT_EQ(nlohmann::json::parse(answer.body),
            (nlohmann::json{{"type", "urn:churnstream:problem:row-refused"},
                            {"title", "Row refused"},
                            {"status", 422},
                            {"detail", "customer \"7590\": no tenure"}}));
  EXPECT_EQ(header(problem_for_now(503, "Busy", "later", 7), "Retry-After"), "7");
}

TEST(ApiAnswer, OnlyTheApiSpeaksInProblems) {
  EXPECT_EQ(header(turned_away("/api/v1/x", 404, "a", "b"), "Content-Type"), "application/problem+json");
  EXPECT_EQ(turned_away("/apis", 404, "a", "b").body, "b\n");
}

}  // namespace
}  // namespace churnstream
