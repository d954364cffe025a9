#include "base/base64.h"

#include <gtest/gtest.h>

namespace churnstream {
namespace {

TEST(Base64, FollowsTheStandardsOwnExamples) {
  EXPECT_EQ(base64_of(""), "");
  EXPECT_EQ(base64_of("f"), "Zg==");
  EXPECT_EQ(base64_of("fo"), "Zm8=");
  EXPECT_EQ(base64_of("foo"), "Zm9v");
  EXPECT_EQ(base64_of("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64_of("\xFF\xFE"), "//4=");
}

TEST(Base64, ComesBackAsTheSameBytesAndNothingElseIsTaken) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  for (std::size_t length = 0; length <= all.size(); ++length)
    EXPECT_EQ(bytes_of_base64(base64_of(all.substr(0, length))), all.substr(0, length));
  for (const char* text : {"Zg=", "Zg", "Z===", "Zg==Zg==", "Z g=", "Zm9v\n", "===="})
    EXPECT_EQ(bytes_of_base64(text), std::nullopt) << text;
}

}  // namespace
}  // namespace churnstream
