#include "sink/appended_file.h"

#include <gtest/gtest.h>

#include "testing/scored_rows.h"
#include "testing/temporary_folder.h"

namespace churnstream {
namespace {

struct Desk {
  TemporaryFolder folder;
  Path path = folder / "file";
  Path beside(const char* ending) const { return path.string() + ending; }
  std::string text() const { return *read_file(path); }
  // What a process that starts now finds.
  std::string reopened(std::int64_t next) const {
    AppendedFile file(path);
    const Result<void> opened = file.open();
    EXPECT_TRUE(opened) << (opened ? "" : opened.error().message);
    EXPECT_EQ(file.position(), test_checkpoint(next));
    EXPECT_EQ(file.length(), text().size());
    return text();
  }
};

TEST(AppendedFile, TakesOtherBytesInThePlaceOfItsOwnAndGoesOn) {
  Desk desk;
  AppendedFile file(desk.path);
  ASSERT_TRUE(file.open());
  ASSERT_TRUE(file.append("one two three ", test_checkpoint(3)));
  ASSERT_TRUE(write_file_atomically(file.next_path(), "one three "));
  ASSERT_TRUE(file.take_next());
  EXPECT_EQ(desk.text(), "one three ");
  ASSERT_TRUE(file.append("four ", test_checkpoint(4)));
  file.close();
  EXPECT_EQ(desk.reopened(4), "one three four ");
  EXPECT_FALSE(std::filesystem::exists(desk.beside(".next")));
}

TEST(AppendedFile, WheneverTheProcessDiesTheOldBytesOrTheNewOnesAreThere) {
  Desk desk;
  {
    AppendedFile file(desk.path);
    ASSERT_TRUE(file.open());
    ASSERT_TRUE(file.append("old bytes", test_checkpoint(3)));
  }
  const std::string old_note = *read_file(desk.beside(".position"));
  // Before the note: the new bytes lie about and do not count.
  ASSERT_TRUE(write_file_atomically(desk.beside(".next"), "new"));
  EXPECT_EQ(desk.reopened(3), "old bytes");
  EXPECT_FALSE(std::filesystem::exists(desk.beside(".next")));
  // Behind the note, before the file is moved.
  std::string note = old_note;
  note.replace(note.find("\"length\":9"), 10, "\"length\":3").insert(note.rfind('}'), ",\"next\":true");
  ASSERT_TRUE(write_file_atomically(desk.beside(".position"), note));
  ASSERT_TRUE(write_file_atomically(desk.beside(".next"), "new"));
  EXPECT_EQ(desk.reopened(3), "new");
  // Behind the move, before the note says so.
  ASSERT_TRUE(write_file_atomically(desk.beside(".position"), note));
  EXPECT_EQ(desk.reopened(3), "new");
  EXPECT_EQ(read_file(desk.beside(".position"))->find("next\":true"), std::string::npos);
}

}  // namespace
}  // namespace churnstream
