// The Redis sink against a real server: CHURNSTREAM_REDIS says its port on 127.0.0.1.
// tests/live/redis_test.py starts one and runs this.
#include "sink/redis_sink.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/numbers.h"
#include "sink/redis_connection.h"
#include "testing/cut_proxy.h"
#include "testing/redis_records.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

int server_port() {
  const char* port = std::getenv("CHURNSTREAM_REDIS");
  insist(port != nullptr, "CHURNSTREAM_REDIS says where the server is");
  return std::stoi(port);
}

// Keys of a prefix of its own, in a database that is empty at first; sinks reach it through a proxy.
class RedisPlace : public RedisRecords {
 public:
  RedisPlace() : proxy_(server_port()) {
    settings_.port = server_port();
    settings_.prefix = "test";
    direct_ = *RedisConnection::connect(settings_);
    ask({"FLUSHDB"});
    settings_.port = proxy_.port();
  }

  std::unique_ptr<Sink> make_sink() override { return make_redis_sink(settings_); }
  bool lose_next_answer() override {
    proxy_.lose_answer_to("EVALSHA");
    return true;
  }
  bool set_format_version(const std::string& version) override {
    ask({"HSET", "test:meta", "format_version", version});
    return true;
  }

  RedisAnswer ask(const std::vector<std::string_view>& words) {
    const auto answer = direct_->ask(words);
    EXPECT_TRUE(answer) << words[0] << ": " << (answer ? "" : answer.error().message);
    return answer ? *answer : RedisAnswer{};
  }
  RedisSettings& settings() { return settings_; }
  CutProxy& proxy() { return proxy_; }

 private:
  std::vector<std::string> events() override {
    std::vector<std::string> records;
    for (const RedisAnswer& event : ask({"XRANGE", "test:events:churn:0", "-", "+"}).items)
      records.push_back(event.items.at(1).items.at(1).text);
    return records;
  }
  std::vector<std::string> scores() override {
    std::vector<std::string> records;
    for (const RedisAnswer& key : ask({"KEYS", "test:score:*"}).items)
      records.push_back(ask({"HGET", key.text, "record"}).text);
    return records;
  }
  RedisSettings settings_;
  CutProxy proxy_;
  std::unique_ptr<RedisConnection> direct_;
};

TEST(RedisSink, PassesTheSinkContract) {
  sink_contract([] { return std::make_unique<RedisPlace>(); });
}

TEST(RedisSink, AConnectionLostOnTheWayIsUnknownAndTheSameAgainLeavesOneCopy) {
  RedisPlace place;
  const auto sink = contract::opened(place);
  place.proxy().cut_before("EVALSHA");
  EXPECT_TRUE(
      std::holds_alternative<Unknown>(sink->write(scored_rows({{.offset = 0}}, 1), test_checkpoint(1))));
  EXPECT_TRUE(place.rows().empty());
  contract::delivers(*sink, {{.offset = 0}}, 1);
  EXPECT_EQ(place.rows(), contract::stored({{.offset = 0}}));
}

TEST(RedisSink, ANetworkThatSwallowsEverythingIsGivenUp) {
  RedisPlace place;
  place.settings().timeout = 300ms;
  const auto sink = contract::opened(place);
  place.proxy().freeze();
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(
      std::holds_alternative<Unknown>(sink->write(scored_rows({{.offset = 0}}, 1), test_checkpoint(1))));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 4s);
  place.proxy().freeze(false);
  contract::delivers(*sink, {{.offset = 0}}, 1);
}

TEST(RedisSink, ARestartedServerIsToldTheScriptAgain) {
  RedisPlace place;
  const auto sink = contract::opened(place);
  place.ask({"SCRIPT", "FLUSH"});
  contract::delivers(*sink, {{.offset = 0}}, 1);
  EXPECT_EQ(place.rows(), contract::stored({{.offset = 0}}));
}

TEST(RedisSink, AServerThatLostRowsIsNoticed) {
  RedisPlace place;
  const auto sink = contract::opened(place);
  contract::delivers(*sink, {{.offset = 0}, {.offset = 1}}, 2);
  place.ask({"HSET", "test:positions", "0 churn", "1 "});
  EXPECT_THAT(contract::broken_words(sink->write(scored_rows({{.offset = 2}}, 3), test_checkpoint(3))),
              HasSubstr("it stands at record 1 of churn/0 and had everything before 2"));
}

TEST(RedisSink, ATopicMadeAnewStopsTheRun) {
  RedisPlace place;
  const auto sink = place.make_sink();
  Assignment assignment = test_assignment();
  assignment.shares_partitions = true;
  ASSERT_TRUE(sink->open(assignment));
  Checkpoint after = test_checkpoint(1);
  after.identity["churn"] = "one";
  EXPECT_TRUE(std::holds_alternative<Delivered>(sink->write(scored_rows({{.offset = 0}}, 1), after)));
  after.identity["churn"] = "another";
  EXPECT_THAT(contract::broken_words(sink->write(scored_rows({{.offset = 0}}, 1), after)),
              HasSubstr("was made anew"));
}

TEST(RedisSink, AFullMemoryIsTriedAgain) {
  RedisPlace place;
  const auto sink = contract::opened(place);
  place.ask({"CONFIG", "SET", "maxmemory", "1"});
  const WriteOutcome outcome = sink->write(scored_rows({{.offset = 0}}, 1), test_checkpoint(1));
  place.ask({"CONFIG", "SET", "maxmemory", "0"});
  ASSERT_TRUE(std::holds_alternative<TryAgain>(outcome)) << "outcome " << outcome.index();
  EXPECT_THAT(std::get<TryAgain>(outcome).reason, HasSubstr("OOM"));
  contract::delivers(*sink, {{.offset = 0}}, 1);
}

TEST(RedisSink, AStreamKeepsAboutAsManyEventsAsItIsTold) {
  RedisPlace place;
  place.settings().events_max = 100;
  const auto sink = contract::opened(place);
  for (std::int64_t offset = 0; offset < 1'000; ++offset)
    contract::delivers(*sink, {{.offset = offset}}, offset + 1);
  EXPECT_GE(place.rows().size(), 100u);
  EXPECT_LT(place.rows().size(), 400u) << "Redis cuts by whole nodes of a hundred events";
}

TEST(RedisSink, AWrongPasswordEndsTheRunAndAServerThatIsNotThereIsAskedAgain) {
  RedisPlace place;
  place.settings().username = "nobody";
  place.settings().password = "wr0ng-word";
  auto opened = place.make_sink()->open(test_assignment());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::wrong);
  EXPECT_EQ(opened.error().message.find("wr0ng-word"), std::string::npos);
  place.settings().port = 1;
  opened = place.make_sink()->open(test_assignment());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::trouble);
}

}  // namespace
}  // namespace churnstream
