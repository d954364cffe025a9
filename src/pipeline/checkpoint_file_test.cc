#include "pipeline/checkpoint_file.h"

#include <gtest/gtest.h>

#include "testing/temporary_folder.h"

namespace churnstream {
namespace {

Checkpoint at(std::int64_t next) {
  Checkpoint checkpoint;
  checkpoint.next[{"data.csv", 0}] = Offset{next};
  checkpoint.identity["data.csv"] = "inode 7";
  return checkpoint;
}

void damage(const Path& path, std::size_t byte) {
  std::string bytes = *read_file(path);
  bytes[byte] = static_cast<char>(bytes[byte] ^ 1);
  ASSERT_TRUE(write_file_atomically(path, bytes));
}

TEST(CheckpointFile, RemembersTheLastSave) {
  const TemporaryFolder folder;
  {
    const auto file = *CheckpointFile::open(folder / "state");
    EXPECT_EQ(file->checkpoint(), Checkpoint{});
    ASSERT_TRUE(file->save(at(10)));
    ASSERT_TRUE(file->save(at(20)));
    ASSERT_TRUE(file->save(at(30)));
  }
  EXPECT_EQ((*CheckpointFile::open(folder / "state"))->checkpoint(), at(30));
}

TEST(CheckpointFile, ADamagedGenerationLeavesTheOneBefore) {
  const TemporaryFolder folder;
  {
    const auto file = *CheckpointFile::open(folder.path());
    ASSERT_TRUE(file->save(at(10)));
    ASSERT_TRUE(file->save(at(20)));
  }
  const std::string whole = *read_file(folder / "checkpoint.0");
  for (std::size_t byte = 0; byte < whole.size(); ++byte) {
    damage(folder / "checkpoint.0", byte);
    const auto file = CheckpointFile::open(folder.path());
    ASSERT_TRUE(file) << "byte " << byte;
    EXPECT_EQ((*file)->checkpoint(), at(10)) << "byte " << byte;
    ASSERT_TRUE(write_file_atomically(folder / "checkpoint.0", whole));
  }
  for (std::size_t length = 0; length < whole.size(); ++length) {
    ASSERT_TRUE(write_file_atomically(folder / "checkpoint.0", whole.substr(0, length)));
    EXPECT_EQ((*CheckpointFile::open(folder.path()))->checkpoint(), at(10)) << "torn at " << length;
  }
}

TEST(CheckpointFile, TwoDamagedGenerationsStopTheRun) {
  const TemporaryFolder folder;
  {
    const auto file = *CheckpointFile::open(folder.path());
    ASSERT_TRUE(file->save(at(10)));
    ASSERT_TRUE(file->save(at(20)));
  }
  damage(folder / "checkpoint.0", 40);
  damage(folder / "checkpoint.1", 40);
  const auto file = CheckpointFile::open(folder.path());
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().kind, ErrorKind::wrong);
}

TEST(CheckpointFile, LanesSaveTheirOwnPartitions) {
  const TemporaryFolder folder;
  const auto file = *CheckpointFile::open(folder.path());
  Checkpoint other;
  other.next[{"data.csv", 1}] = Offset{5};
  ASSERT_TRUE(file->save(at(10)));
  ASSERT_TRUE(file->save(other));
  EXPECT_EQ(file->checkpoint().next.size(), 2u);
}

}  // namespace
}  // namespace churnstream
