#include "base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "testing/temporary_folder.h"

namespace churnstream {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class FileTest : public testing::Test {
 protected:
  const TemporaryFolder folder_;
};

TEST_F(FileTest, WhatIsWrittenIsRead) {
  ASSERT_TRUE(write_file_atomically(folder_ / "a", std::string("x\0y", 3)));
  EXPECT_EQ(*read_file(folder_ / "a"), std::string("x\0y", 3));
  EXPECT_THAT(*list_folder(folder_.path()), ElementsAre("a"));
}

TEST_F(FileTest, AnOwnersFileIsHisAlone) {
  ASSERT_TRUE(write_file_atomically(folder_ / "secret", "x", true));
  struct stat facts {};
  ASSERT_EQ(::stat((folder_ / "secret").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600U);
}

TEST_F(FileTest, AFileThatCannotBeWrittenLeavesNothingBehind) {
  ASSERT_TRUE(make_folders(folder_ / "a" / "b"));  // a folder with something in it cannot be replaced
  EXPECT_FALSE(write_file_atomically(folder_ / "a", "x"));
  EXPECT_THAT(*list_folder(folder_.path()), ElementsAre("a"));
}

TEST_F(FileTest, AMissingFileIsNamedWithItsReason) {
  EXPECT_THAT(read_file(folder_ / "none").error().message, HasSubstr("none: No such file"));
}

TEST_F(FileTest, ALargerFileThanAllowedIsRefused) {
  ASSERT_TRUE(write_file_atomically(folder_ / "large", "12345"));
  EXPECT_TRUE(read_file(folder_ / "large", 5));
  EXPECT_THAT(read_file(folder_ / "large", 4).error().message, HasSubstr("larger than 4 bytes"));
}

}  // namespace
}  // namespace churnstream
