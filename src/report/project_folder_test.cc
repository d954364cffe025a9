#include "report/project_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/temporary_folder.h"

namespace churnstream {
namespace {

using testing::HasSubstr;

constexpr const char* kWriter = "churnstream test";

std::string bytes(const Path& path) { return read_file(path).value_or("nothing"); }

class ProjectFolder : public testing::Test {
 protected:
  // Empty when all went well.
  std::string write(const ProjectFiles& files, EditedFiles edited = EditedFiles::are_kept) {
    const auto written = write_project_folder(out_, files, kWriter, edited);
    if (written) return "";
    EXPECT_EQ(written.error().kind, ErrorKind::wrong);
    return written.error().message;
  }
  void put(const std::string& name, const std::string& text) {
    ASSERT_TRUE(make_folders((out_ / name).parent_path()));
    ASSERT_TRUE(write_file_atomically(out_ / name, text));
  }

  TemporaryFolder folder_;
  Path out_ = folder_.path() / "deep" / "out";
};

TEST_F(ProjectFolder, IsMadeWholeAndWrittenAgain) {
  EXPECT_EQ(write({{"a.txt", "one"}, {"b/c.txt", "two"}}), "");
  EXPECT_EQ(bytes(out_ / "b/c.txt"), "two");
  EXPECT_EQ(write({{"a.txt", "three"}, {"b/c.txt", "two"}}), "");
  EXPECT_EQ(bytes(out_ / "a.txt"), "three");
  EXPECT_EQ(list_folder(out_.parent_path())->size(), 1u) << "nothing is left beside it";
}

TEST_F(ProjectFolder, AnEmptyFolderIsTaken) {
  ASSERT_TRUE(make_folders(out_));
  out_ /= "";  // as one types it
  EXPECT_EQ(write({{"a.txt", "one"}}), "");
  EXPECT_EQ(bytes(out_ / "a.txt"), "one");
}

TEST_F(ProjectFolder, WhatIsNoLongerWrittenGoesWithItsEmptyFolders) {
  EXPECT_EQ(write({{"a.txt", "one"}, {"b/c/d.txt", "two"}, {"e/f.txt", "three"}}), "");
  put("e/mine.txt", "mine");
  EXPECT_EQ(write({{"a.txt", "one"}}), "");
  EXPECT_EQ(bytes(out_ / "e/mine.txt"), "mine");
  EXPECT_EQ(bytes(out_ / "e/f.txt"), "nothing");
  EXPECT_FALSE(std::filesystem::exists(out_ / "b"));
}

TEST_F(ProjectFolder, OthersFoldersAndFilesAreNotTouched) {
  put("notes.txt", "mine");
  EXPECT_THAT(write({{"a.txt", "one"}}, EditedFiles::are_replaced),
              HasSubstr("it holds other files, notes.txt"));
  EXPECT_EQ(bytes(out_ / "a.txt"), "nothing");
}

TEST_F(ProjectFolder, AForeignFileInTheWayIsRefusedBeforeAnythingChanges) {
  EXPECT_EQ(write({{"a.txt", "one"}}), "");
  put("b.txt", "mine");
  EXPECT_THAT(write({{"a.txt", "two"}, {"b.txt", "two"}}, EditedFiles::are_replaced),
              HasSubstr("b.txt is there and is not ours"));
  EXPECT_EQ(bytes(out_ / "a.txt"), "one");
  EXPECT_EQ(bytes(out_ / "b.txt"), "mine");
}

TEST_F(ProjectFolder, AnEditedFileIsKeptUnlessItMayBeReplaced) {
  EXPECT_EQ(write({{"a.txt", "one"}, {"b.txt", "old"}}), "");
  put("b.txt", "edited");
  for (const ProjectFiles& files : {ProjectFiles{{"a.txt", "two"}, {"b.txt", "new"}}, {{"a.txt", "two"}}}) {
    EXPECT_THAT(write(files), HasSubstr("b.txt was edited since we wrote it"));
    EXPECT_EQ(bytes(out_ / "a.txt"), "one");
  }
  EXPECT_EQ(write({{"b.txt", "new"}}, EditedFiles::are_replaced), "");
  EXPECT_EQ(bytes(out_ / "b.txt"), "new");
}

TEST_F(ProjectFolder, AWriteThatStoppedOnTheWayIsFinishedByTheSameCall) {
  EXPECT_EQ(write({{"a.txt", "one"}, {"c.txt", "old"}}), "");
  put("a.txt", "two");  // as if it had come so far, without its list
  put("b.txt", "two");
  std::filesystem::remove(out_ / "c.txt");
  EXPECT_EQ(write({{"a.txt", "two"}, {"b.txt", "two"}}), "");
}

TEST_F(ProjectFolder, AListThatLeadsOutOfTheFolderIsNotOurs) {
  EXPECT_EQ(write({{"a.txt", "one"}}), "");
  ASSERT_TRUE(write_file_atomically(out_.parent_path() / "outside.txt", "mine"));
  put("churnstream.json", R"({"written_by": "churnstream test", "files": {"../outside.txt": "00"}})");
  EXPECT_THAT(write({{"a.txt", "one"}}, EditedFiles::are_replaced), HasSubstr("did not write it"));
  EXPECT_EQ(bytes(out_.parent_path() / "outside.txt"), "mine");
}

}  // namespace
}  // namespace churnstream
