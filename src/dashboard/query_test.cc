#include "dashboard/query.h"

#include <gtest/gtest.h>

namespace churnstream {
namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;

TEST(Query, PathAndParametersAreDecodedEachForItself) {
  const Query query =
      *parse_query("/api/v1/customers/75%2F90%20x?where=Contract%3AOne+year&limit=5&where=a%26b");
  EXPECT_EQ(query.path, (std::vector<std::string>{"api", "v1", "customers", "75/90 x"}));
  EXPECT_EQ(query.values, (Parameters{{"where", "Contract:One year"}, {"limit", "5"}, {"where", "a&b"}}));
  EXPECT_EQ(query.value("limit"), "5");
  EXPECT_EQ(query.value("cursor"), std::nullopt);
  EXPECT_EQ(query.all("where"), (std::vector<std::string_view>{"Contract:One year", "a&b"}));
}

TEST(Query, APlusIsASpaceOnlyAmongTheParameters) {
  EXPECT_EQ(parse_query("/a+b?c=d+e"), (Query{{"a+b"}, {{"c", "d e"}}}));
}

TEST(Query, ParametersMayHaveNoValueAndNoName) {
  EXPECT_EQ(parse_query("/?a&b=&&=c"), (Query{{""}, {{"a", ""}, {"b", ""}, {"", "c"}}}));
  EXPECT_EQ(parse_query("/x"), (Query{{"x"}, {}}));
  EXPECT_EQ(parse_query("/x?"), (Query{{"x"}, {}}));
}

TEST(Query, PartsThatLookLikeFoldersArePlainText) {
  EXPECT_EQ(parse_query("/a/../%2e%2e/"), (Query{{"a", "..", "..", ""}, {}}));
}

TEST(Query, WhatNobodySendsByMistakeIsRefused) {
  for (const char* target :
       {"", "a", "*", "http://localhost/", "/%", "/%2", "/%zz", "/%00", "/a%0Ab", "/%7F", "/%ff", "/%c0%80",
        "/%ed%a0%80", "/?a=%", "/?%00=1", "/?a=\x01", "/\xff", "/?a=\xe2\x82"})
    EXPECT_EQ(parse_query(target), std::nullopt) << target;
}

TEST(Query, LengthAndNumberHaveAnEnd) {
  EXPECT_TRUE(parse_query("/" + std::string(kTargetBytesMax - 1, 'a')));
  EXPECT_FALSE(parse_query("/" + std::string(kTargetBytesMax, 'a')));
  std::string many = "/?a";
  for (std::size_t more = 1; more < kParametersMax; ++more) many += "&a";
  EXPECT_TRUE(parse_query(many));
  EXPECT_FALSE(parse_query(many + "&a"));
}

}  // namespace
}  // namespace churnstream
