#include "pipeline/instance_lock.h"

#include <gtest/gtest.h>

#include <optional>

#include "testing/temporary_folder.h"

namespace churnstream {
namespace {

TEST(InstanceLock, ASecondOneIsToldWhoHoldsTheFolder) {
  const TemporaryFolder folder;
  std::optional<InstanceLock> first(*InstanceLock::take(folder / "state", "here", 1));
  EXPECT_EQ(first->instance(), "here-0");
  const auto second = InstanceLock::take(folder / "state", "here", 1);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::wrong);
  first.reset();
  EXPECT_TRUE(InstanceLock::take(folder / "state", "here", 1));
}

TEST(InstanceLock, SlotsGiveEachItsOwnName) {
  const TemporaryFolder folder;
  const auto first = InstanceLock::take(folder.path(), "here", 2);
  const auto second = InstanceLock::take(folder.path(), "here", 2);
  EXPECT_EQ(first->instance(), "here-0");
  EXPECT_EQ(second->instance(), "here-1");
}

}  // namespace
}  // namespace churnstream
