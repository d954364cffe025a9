#include "sink/console_sink.h"

#include <gtest/gtest.h>

#include "testing/scored_rows.h"
#include "testing/temporary_folder.h"

namespace churnstream {
namespace {

// What the sink prints for these rows.
std::string printed(ConsoleFormat format, const std::vector<TestRow>& rows) {
  const TemporaryFolder folder;
  std::FILE* out = std::fopen((folder / "out").c_str(), "w");
  const auto sink = make_console_sink(format, out);
  EXPECT_FALSE(sink->open(test_assignment())->has_value()) << "a console keeps no positions";
  EXPECT_TRUE(std::holds_alternative<Delivered>(sink->write(scored_rows(rows, 9), test_checkpoint(9))));
  sink->close();
  std::fclose(out);
  return *read_file(folder / "out");
}

TEST(ConsoleSink, PrintsALinePerRowForPeople) {
  EXPECT_EQ(printed(ConsoleFormat::text, {{.offset = 0, .id = "ann", .probability = 0.75},
                                          {.offset = 1,
                                           .id = "bob",
                                           .probability = 0.1,
                                           .charges = std::numeric_limits<double>::quiet_NaN()}}),
            "ann  Yes  0.7500  high  expected loss 7.50\nbob  No  0.1000  low\n");
}

TEST(ConsoleSink, PrintsAJsonObjectPerRowForPipes) {
  const std::string text = printed(ConsoleFormat::jsonl, {{.offset = 0, .id = "ann"}, {.offset = 1}});
  EXPECT_EQ(text.substr(0, 23), R"({"customer_id":"ann","p)");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
}

TEST(ConsoleSink, AClosedPipeIsBroken) {
  std::FILE* full = std::fopen("/dev/full", "w");
  const auto sink = make_console_sink(ConsoleFormat::text, full);
  ASSERT_TRUE(sink->open(test_assignment()));
  EXPECT_TRUE(
      std::holds_alternative<Broken>(sink->write(scored_rows({{.offset = 0}}, 1), test_checkpoint(1))));
  std::fclose(full);
}

}  // namespace
}  // namespace churnstream
