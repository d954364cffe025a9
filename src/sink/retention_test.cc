#include "sink/retention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace churnstream {
namespace {

using namespace std::chrono_literals;

Result<Retention> read(std::map<std::string, std::string> texts) {
  Config config;
  config.set("retention", std::move(texts), "run.toml:4");
  return retention_of(config, {"churn_events", "churn_scores"});
}

TEST(Retention, IsATimePerTable) {
  EXPECT_EQ(*read({{"churn_events", "90d"}, {"churn_scores", "12h"}}),
            (Retention{{"churn_events", 90 * 24h}, {"churn_scores", 12h}}));
  EXPECT_TRUE(read({})->empty());
}

TEST(Retention, OfATableThatIsNotWrittenOrOfLessThanAnHourIsWrong) {
  EXPECT_THAT(read({{"churn_event", "90d"}}).error().message, testing::HasSubstr("run.toml:4"));
  for (const char* text : {"59m", "0s", "-1d", "soon", ""})
    EXPECT_THAT(read({{"churn_events", text}}).error().message,
                testing::HasSubstr("not a time of an hour or more"))
        << text;
}

}  // namespace
}  // namespace churnstream
