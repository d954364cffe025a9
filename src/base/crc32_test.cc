#include "base/crc32.h"

#include <gtest/gtest.h>

namespace churnstream {
namespace {

TEST(Crc32, GivesTheCheckValueOfTheStandard) {
  EXPECT_EQ(crc32_of("123456789"), 0xCBF43926u);
  EXPECT_EQ(crc32_of(""), 0u);
}

}  // namespace
}  // namespace churnstream
