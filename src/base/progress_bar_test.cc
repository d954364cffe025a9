#include "base/progress_bar.h"

#include <gmock/gmock.h>

#include <vector>

namespace churnstream {
namespace {

using namespace std::chrono_literals;

std::vector<std::string>& lines() {
  static std::vector<std::string> all;
  return all;
}
void remember(const std::string& line) { lines().push_back(line); }

class ProgressTest : public testing::Test {
 protected:
  void SetUp() override { lines().clear(); }
  ManualClock clock_;
  ProgressBarSettings settings_{
      .what = "training", .unit = "fits", .total = 100, .clock = &clock_, .draw = remember};
};

TEST_F(ProgressTest, SaysNothingAboutShortWork) {
  {
    ProgressBar progress(settings_);
    clock_.advance(999ms);
    progress.add(100);
  }
  EXPECT_TRUE(lines().empty());
}

TEST_F(ProgressTest, ShowsWhatIsDoneHowFastAndHowLongItTakes) {
  {
    ProgressBar progress(settings_);
    clock_.advance(2s);
    progress.add(25);
    progress.add(1);  // too soon for another line
    clock_.advance(100ms);
    progress.add(1);
  }
  ASSERT_EQ(lines().size(), 3u);
  EXPECT_EQ(lines()[0], "training  [######..................]  25 of 100 fits, 12/s, 6 s left");
  EXPECT_THAT(lines()[1], testing::HasSubstr("27 of 100"));
  EXPECT_EQ(lines()[2], "") << "the line is wiped at the end";
}

TEST_F(ProgressTest, NeedsNoTotal) {
  settings_.total = 0;
  EXPECT_EQ(progress_line(settings_, 5000, 2s), "training  5000 fits, 2500/s");
}

TEST_F(ProgressTest, NeverShowsMoreThanAll) {
  EXPECT_THAT(progress_line(settings_, 120, 10s), testing::HasSubstr("100 of 100 fits, 12/s, 0 s left"));
}

}  // namespace
}  // namespace churnstream
