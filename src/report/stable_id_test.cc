#include "report/stable_id.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace churnstream {
namespace {

using testing::MatchesRegex;

TEST(StableId, TheSameNameGivesTheSameIdAndAnotherNameAnother) {
  EXPECT_EQ(stable_id("page Churn"), "6d8e7303f5fbbbfb3e10");
  EXPECT_NE(stable_id("page Churn"), stable_id("page Risk"));
  EXPECT_EQ(stable_uuid("page Churn"), stable_uuid("page Churn"));
}

TEST(StableId, AUuidHasTheFormOfVersionEight) {
  for (const char* name : {"", "a", "page Churn", "page Risk"})
    EXPECT_THAT(stable_uuid(name),
                MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}"));
}

}  // namespace
}  // namespace churnstream
