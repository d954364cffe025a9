#include "command/outcome_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"

namespace churnstream {
namespace {

using testing::HasSubstr;

std::shared_ptr<const ScoreTerms> terms() {
  return std::make_shared<const ScoreTerms>(ScoreTerms{.class_labels = {"No", "Yes"}, .positive_class = 1});
}

// The topic of one partition, and what each record of it becomes.
class Topic {
 public:
  explicit Topic(const std::string& format, const std::string& time = "", std::vector<std::string> order = {})
      : decoder_(*OutcomeDecoder::make(format, {.customer = "id", .label = "left", .time = time},
                                       std::move(order), terms())) {}

  // "a left 1970-...", or why it is refused.
  std::string brings(std::string_view bytes) {
    return as_text(decoder_.decode({"churn.left", 0}, {.bytes = bytes, .offset = next(), .time_us = 7}));
  }
  std::string brings_a_tombstone() {
    return as_text(
        decoder_.decode({"churn.left", 0}, {.offset = next(), .time_us = 7, .is_tombstone = true}));
  }

 private:
  Offset next() { return Offset{offset_++}; }
  static std::string as_text(const tl::expected<KnownOutcome, std::string>& outcome) {
    if (!outcome) return outcome.error();
    return outcome->customer + (outcome->has_left ? " left " : " stayed ") + rfc3339(outcome->until_us);
  }

  OutcomeDecoder decoder_;
  std::int64_t offset_ = 0;
};

TEST(OutcomeDecoder, AJsonRecordIsAnOutcomeUpToItsOwnTimeOrRefusedWithAReason) {
  Topic topic("json");
  EXPECT_EQ(topic.brings(R"({"id": "a", "left": "Yes", "why": "price"})"),
            "a left 1970-01-01T00:00:00.000007Z");
  EXPECT_EQ(topic.brings(R"({"left": "No", "id": 7590})"), "7590 stayed 1970-01-01T00:00:00.000007Z");
  EXPECT_EQ(topic.brings(R"({"id": "a"})"), "it has no label");
  EXPECT_EQ(topic.brings(R"({"id": "a", "left": null})"), "it has no label");
  EXPECT_EQ(topic.brings(R"({"id": "a", "left": true})"), "\"true\" is none of the model's classes");
  EXPECT_THAT(topic.brings(R"({"left": "Yes"})"), HasSubstr("it has no key"));
  EXPECT_NE(topic.brings(R"({"id": "a", "left": )"), "");
  EXPECT_EQ(topic.brings(""), "it is blank");
  EXPECT_EQ(topic.brings_a_tombstone(), "it has no value (a tombstone)");
  EXPECT_EQ(topic.brings(R"({"id": "b", "left": "No"})"), "b stayed 1970-01-01T00:00:00.000007Z")
      << "what was refused leaves nothing behind";
}

TEST(OutcomeDecoder, ACsvRecordHasItsColumnsInTheirOrder) {
  Topic topic("csv");
  EXPECT_EQ(topic.brings("a,Yes\n"), "a left 1970-01-01T00:00:00.000007Z");
  EXPECT_EQ(topic.brings("\"b, too\",No"), "b, too stayed 1970-01-01T00:00:00.000007Z");
  EXPECT_EQ(topic.brings("c"), "it has no label");
  EXPECT_EQ(topic.brings("c,Yes,1"), "it has 3 fields and not 2");
  EXPECT_EQ(topic.brings("id,left"), "it is a header line");
  EXPECT_EQ(topic.brings("a,perhaps"), "\"perhaps\" is none of the model's classes");
  Topic other("csv", "", {"left", "why", "id"});
  EXPECT_EQ(other.brings("Yes,price,a"), "a left 1970-01-01T00:00:00.000007Z");
}

TEST(OutcomeDecoder, ATimeOfTheRecordsColumnsComesBeforeItsOwn) {
  Topic json("json", "at"), csv("csv", "at");
  EXPECT_EQ(json.brings(R"({"id": "a", "left": "Yes", "at": "2026-11-22"})"),
            "a left 2026-11-22T00:00:00.000000Z");
  EXPECT_EQ(csv.brings("a,Yes,2026-11-22T08:15:30Z"), "a left 2026-11-22T08:15:30.000000Z");
  EXPECT_THAT(json.brings(R"({"id": "a", "left": "Yes"})"), HasSubstr("\"\" is no time"));
  EXPECT_THAT(csv.brings("a,Yes,yesterday"), HasSubstr("\"yesterday\" is no time"));
}

TEST(OutcomeDecoder, ColumnsWithoutWhatIsNeededAreWrongBeforeAnythingIsRead) {
  const auto made = [](std::vector<std::string> order) {
    return OutcomeDecoder::make("csv", {.customer = "id", .label = "left"}, std::move(order), terms());
  };
  EXPECT_TRUE(made({"id", "left"}));
  ASSERT_FALSE(made({"id", "right"}));
  EXPECT_THAT(made({"id", "right"}).error().message, HasSubstr("the label \"left\" is none of them"));
  EXPECT_FALSE(made({"who", "left"}));
}

}  // namespace
}  // namespace churnstream
