// The sink against a Redis in memory: the contract, and which answer becomes which outcome.
// tests/live/redis_sink_test.cc runs it, and the script, against a real one.
#include "sink/redis_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/fake_redis.h"
#include "testing/redis_records.h"

namespace churnstream {
namespace {

using testing::HasSubstr;

class FakeRedisPlace : public RedisRecords {
 public:
  std::unique_ptr<Sink> make_sink() override {
    return make_redis_sink({.prefix = "test"},
                           [this](const RedisSettings&) -> Result<std::unique_ptr<RedisConnection>> {
                             return std::make_unique<FakeRedisConnection>(store);
                           });
  }
  bool lose_next_answer() override { return store.loses_next_answer = true; }
  bool set_format_version(const std::string& version) override {
    store.hashes["test:meta"]["format_version"] = version;
    return true;
  }

  FakeRedis store;

 protected:
  std::vector<std::string> events() override {
    std::vector<std::string> records;
    for (const auto& [offset, record] : store.streams["test:events:churn:0"]) records.push_back(record);
    return records;
  }
  std::vector<std::string> scores() override {
    std::vector<std::string> records;
    for (const auto& [key, hash] : store.hashes)
      if (key.starts_with("test:score:")) records.push_back(hash.at("record"));
    return records;
  }
};

TEST(RedisSink, PassesTheSinkContractInMemory) {
  sink_contract([] { return std::make_unique<FakeRedisPlace>(); });
}

TEST(RedisSink, WhatRedisDoesNotTakeNowIsTriedAgainOnTheSameConnection) {
  FakeRedisPlace place;
  const auto sink = contract::opened(place);
  place.store.next_batches = {{RedisTrouble::passing, "OOM command not allowed"}};
  const WriteOutcome outcome = sink->write(scored_rows({{.offset = 0}}, 1), test_checkpoint(1));
  ASSERT_TRUE(std::holds_alternative<TryAgain>(outcome)) << "outcome " << outcome.index();
  EXPECT_THAT(std::get<TryAgain>(outcome).reason, HasSubstr("OOM"));
  contract::delivers(*sink, {{.offset = 0}}, 1);
  EXPECT_EQ(place.store.connections, 1);
}

TEST(RedisSink, ALostAnswerBringsANewConnection) {
  FakeRedisPlace place;
  const auto sink = contract::opened(place);
  place.store.next_batches = {{RedisTrouble::unknown, "Server closed the connection"}};
  EXPECT_TRUE(
      std::holds_alternative<Unknown>(sink->write(scored_rows({{.offset = 0}}, 1), test_checkpoint(1))));
  contract::delivers(*sink, {{.offset = 0}}, 1);
  EXPECT_EQ(place.store.connections, 2);
  EXPECT_EQ(place.rows(), contract::stored({{.offset = 0}}));
}

TEST(RedisSink, AServerThatForgotTheScriptIsToldItAgain) {
  FakeRedisPlace place;
  const auto sink = contract::opened(place);
  place.store.knows_script = false;
  contract::delivers(*sink, {{.offset = 0}}, 1);
  EXPECT_EQ(place.rows(), contract::stored({{.offset = 0}}));
}

TEST(RedisSink, AServerThatLostRowsEndsTheRun) {
  FakeRedisPlace place;
  const auto sink = contract::opened(place);
  contract::delivers(*sink, {{.offset = 0}, {.offset = 1}}, 2);
  place.store.hashes.erase("test:positions");
  EXPECT_THAT(contract::broken_words(sink->write(scored_rows({{.offset = 2}}, 3), test_checkpoint(3))),
              HasSubstr("it stands at record 0 of churn/0 and had everything before 2"));
}

TEST(RedisSink, ATopicThatWasMadeAnewEndsTheRun) {
  FakeRedisPlace place;
  const auto sink = place.make_sink();
  Assignment assignment = test_assignment();
  assignment.shares_partitions = true;
  ASSERT_TRUE(sink->open(assignment));
  EXPECT_TRUE(std::holds_alternative<Delivered>(
      sink->write(scored_rows({{.offset = 0}}, 1), test_checkpoint(1, "first"))));
  EXPECT_THAT(
      contract::broken_words(sink->write(scored_rows({{.offset = 1}}, 2), test_checkpoint(2, "second"))),
      HasSubstr("the topic churn was made anew"));
}

}  // namespace
}  // namespace churnstream
