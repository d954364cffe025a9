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

}  // namespace
}  // namespace churnstream
