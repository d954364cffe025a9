#include "base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace churnstream {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A folder that goes away with the test.
class FileTest : public testing::Test {
 protected:
  FileTest() : folder_(std::filesystem::path(testing::TempDir()) / "churnstream_file_test") {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~FileTest() override { std::filesystem::remove_all(folder_); }
  const Path folder_;
};

TEST_F(FileTest, WhatIsWrittenIsRead) {
  ASSERT_TRUE(write_file_atomically(folder_ / "a", std::string("x\0y", 3)));
  EXPECT_EQ(*read_file(folder_ / "a"), std::string("x\0y", 3));
  EXPECT_THAT(*list_folder(folder_), ElementsAre("a"));
}

TEST_F(FileTest, AnOwnersFileIsHisAlone) {
  ASSERT_TRUE(write_file_atomically(folder_ / "secret", "x", true));
  struct stat facts {};
  ASSERT_EQ(::stat((folder_ / "secret").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600U);
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
