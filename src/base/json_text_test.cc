#include "base/json_text.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

namespace churnstream {
namespace {

std::string json_of(std::string_view text) {
  std::string out;
  append_json_text(out, text);
  return out;
}

TEST(JsonText, EscapesWhatJsonMustAndReadsBack) {
  std::string every_ascii;
  for (int c = 0; c < 128; ++c) every_ascii += static_cast<char>(c);
  for (const std::string& text :
       {std::string("a\"b\\c\n\r\t"), std::string("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"), every_ascii})
    EXPECT_EQ(nlohmann::json::parse(json_of(text)).get<std::string>(), text);
}

TEST(JsonText, BytesThatAreNoUtf8BecomeTheReplacementCharacter) {
  EXPECT_EQ(json_of("a\xFFz"), "\"a\xEF\xBF\xBDz\"");
  for (const char* text : {"\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82", "\x80"})
    EXPECT_TRUE(nlohmann::json::accept(json_of(text))) << text;
}

TEST(JsonText, KnowsUtf8) {
  EXPECT_TRUE(is_utf8("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80 and ASCII"));
  for (const char* bad :
       {"\xC0\x80", "\xED\xA0\x80", "a\xE2\x82", "\x80", "\xF4\x90\x80\x80", "\xF0\x8F\xBF\xBF"})
    EXPECT_FALSE(is_utf8(bad)) << bad;
}

TEST(JsonText, NumbersAreShortestAndWhatIsNoneIsNull) {
  std::string out;
  append_json_number(out, 0.1);
  out += ' ';
  append_json_number(out, std::numeric_limits<double>::quiet_NaN());
  out += ' ';
  append_json_number(out, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(out, "0.1 null -9223372036854775808");
}

}  // namespace
}  // namespace churnstream
