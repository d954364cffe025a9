// The Snowflake sink against our own strict server: CHURNSTREAM_SNOWFLAKE says where it is, and
// CHURNSTREAM_SNOWFLAKE_KEY which private key it knows. tests/snowflake/snowflake_test.py starts one and runs
// this.
#include "sink/snowflake_sink.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>

#include "base/numbers.h"
#include "sink/snowflake_channel_offset.h"
#include "sink/snowflake_http.h"
#include "sink/snowflake_login.h"
#include "sink/snowflake_statements.h"
#include "testing/sink_contract.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::Contains;
using testing::HasSubstr;
using Mode = SnowflakeSettings::Mode;

SnowflakeSettings server(Mode mode) {
  const char* url = std::getenv("CHURNSTREAM_SNOWFLAKE");
  const char* key = std::getenv("CHURNSTREAM_SNOWFLAKE_KEY");
  insist(url != nullptr && key != nullptr, "CHURNSTREAM_SNOWFLAKE says where the server is");
  SnowflakeSettings settings;
  settings.mode = mode;
  settings.url = url;
  settings.account = "MYORG-TEST";
  settings.user = "CHURN";
  settings.private_key = *read_file(key);
  settings.database = "CHURN";
  settings.schema = "STORE";
  settings.pipe = "CHURN_EVENTS-STREAMING";
  settings.timeout = 5s;
  return settings;
}

// The server, made anew for each place, and how to look into it.
class SnowflakePlace : public SinkPlace {
 public:
  explicit SnowflakePlace(Mode mode) : settings_(server(mode)), control_(settings_) { ask("reset"); }

  std::unique_ptr<Sink> make_sink() override { return make_snowflake_sink(settings_); }
  std::vector<std::string> rows() override {
    return each_event([&](const json& row) {
      return fmt::format("{} {} {} {} {}", row["SOURCE_OFFSET"].get<std::int64_t>(), text(row["CUSTOMER_ID"]),
                         text(row["PROBABILITY"]), text(row["NOTE"]), text(row["CHARGES"]));
    });
  }
  std::vector<std::string> flags_and_times() override {
    return each_event([&](const json& row) {
      return fmt::format("{} {} {}Z", row["SOURCE_OFFSET"].get<std::int64_t>(),
                         row["FLAGGED"].get<bool>() ? "true" : "false", text(row["EVENT_TIME"]));
    });
  }
  bool keeps_newest() const override { return true; }
  std::vector<std::string> newest() override {
    std::vector<std::string> lines;
    for (const json& row : settings_.mode == Mode::merge ? table("CHURN_SCORES") : json(as_the_view_has_it()))
      lines.push_back(text(row["CUSTOMER_ID"]) + " " + text(row["PROBABILITY"]));
    std::sort(lines.begin(), lines.end());
    return lines;
  }
  bool refuse(const std::string& id, const std::string& reason) override {
    ask("refuse", {{"id", id}, {"reason", reason}});
    return true;
  }
  bool lose_next_answer() override {
    const bool is_merge = settings_.mode == Mode::merge;
    ask("next", {{"path", is_merge ? "POST /api/v2/statements" : "bulk-channel-status"}, {"after", "cut"}});
    return true;
  }
  bool add_column(const std::string& name) override {
    return change("add_column", {{"schema", "STORE"}, {"table", "CHURN_EVENTS"}, {"name", name}});
  }
  bool drop_column(const std::string&) override {
    return change("drop_column", {{"schema", "STORE"}, {"table", "CHURN_EVENTS"}, {"name", "NOTE"}});
  }
  bool set_format_version(const std::string& version) override {
    return change("version", {{"schema", "STORE"}, {"version", version}});
  }

  json ask(const std::string& what, const json& said = {}) {
    const std::string body = said.dump();
    const auto answer = control_.send({"POST", settings_.url + "/test/" + what, {}, body}, 10s);
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    return answer ? json::parse(answer->body) : json();
  }
  void goes_wrong_next(const json& fault) { ask("next", fault); }
  json table(const std::string& name) { return ask("rows", {{"schema", "STORE"}, {"table", name}}); }
  json seen(const char* what) { return ask("seen")[what]; }
  SnowflakeSettings& settings() { return settings_; }

 private:
  static std::string text(const json& cell) {
    return cell.is_null()     ? "NULL"
           : cell.is_number() ? shortest(cell.get<double>())
                              : cell.get<std::string>();
  }
  bool change(const char* what, const json& said) {
    ask(what, said);
    return true;
  }
  template <typename Line>
  std::vector<std::string> each_event(Line line) {
    std::map<std::int64_t, std::vector<std::string>> lines;
    for (const json& row : table("CHURN_EVENTS"))
      lines[row["SOURCE_OFFSET"].get<std::int64_t>()].push_back(line(row));
    std::vector<std::string> all;
    for (const auto& [offset, some] : lines) all.insert(all.end(), some.begin(), some.end());
    return all;
  }
  // What the view CHURN_SCORES shows; its own text runs in the emulator.
  std::vector<json> as_the_view_has_it() {
    const auto place = [](const json& row) {
      return std::tuple(row["EVENT_TIME"].get<std::string>(), row["SOURCE_TOPIC"].get<std::string>(),
                        row["SOURCE_PARTITION"].get<std::int64_t>(),
                        row["SOURCE_OFFSET"].get<std::int64_t>());
    };
    const json tombstones = table("CHURN_FORGOTTEN");
    const auto is_forgotten = [&](const json& row) {
      return std::any_of(tombstones.begin(), tombstones.end(), [&](const json& one) {
        return one["CUSTOMER_ID"] == row["CUSTOMER_ID"] && place(row) <= place(one) &&
               row["SOURCE_OFFSET"] < one["SOURCE_OFFSET"];  // all are of one partition
      });
    };
    std::map<std::string, json> newest;
    for (const json& row : table("CHURN_EVENTS")) {
      if (is_forgotten(row)) continue;
      json& kept = newest[row["CUSTOMER_ID"].get<std::string>()];
      if (kept.is_null() || place(row) >= place(kept)) kept = row;
    }
    std::vector<json> rows;
    for (const auto& [id, row] : newest) rows.push_back(row);
    return rows;
  }

  SnowflakeSettings settings_;
  SnowflakeHttp control_;
};

class SnowflakeSink : public testing::TestWithParam<Mode> {};
INSTANTIATE_TEST_SUITE_P(Both, SnowflakeSink, testing::Values(Mode::merge, Mode::streaming),
                         [](const auto& mode) { return mode.param == Mode::merge ? "merge" : "streaming"; });

TEST_P(SnowflakeSink, PassesTheSinkContract) {
  sink_contract([] { return std::make_unique<SnowflakePlace>(GetParam()); });
}

std::string words_of(const WriteOutcome& outcome) {
  if (const auto* broken = std::get_if<Broken>(&outcome)) return "broken: " + broken->error.message;
  if (const auto* later = std::get_if<TryAgain>(&outcome))
    return fmt::format("try again in {} ms: {}", later->wait.count(), later->reason);
  if (const auto* lost = std::get_if<Unknown>(&outcome)) return "unknown: " + lost->reason;
  return std::holds_alternative<Delivered>(outcome) ? "delivered" : "refused rows";
}

std::string write_one(Sink& sink, std::int64_t offset) {
  return words_of(sink.write(scored_rows({{.offset = offset}}, offset + 1), test_checkpoint(offset + 1)));
}

TEST_P(SnowflakeSink, ABusyServiceIsTriedAgainWhenItSaysSo) {
  SnowflakePlace place(GetParam());
  const auto sink = contract::opened(place);
  const char* path = GetParam() == Mode::merge ? "POST /api" : "/rows";
  place.goes_wrong_next({{"path", path}, {"status", 429}, {"retry_after", 7}});
  EXPECT_THAT(write_one(*sink, 0), HasSubstr("try again in 7000 ms"));
  for (const int status : {503, 408}) {
    place.goes_wrong_next({{"path", path}, {"status", status}});
    EXPECT_THAT(write_one(*sink, 0), HasSubstr("try again in 100 ms")) << status;
  }
  for (const int status : {500, 502, 504}) {
    place.goes_wrong_next({{"path", path}, {"status", status}});
    EXPECT_THAT(write_one(*sink, 0), HasSubstr("unknown")) << status;
  }
  for (const int status : {400, 403, 404}) {
    place.goes_wrong_next({{"path", path}, {"status", status}});
    EXPECT_THAT(write_one(*sink, 0), HasSubstr("broken")) << status;
  }
  EXPECT_EQ(place.rows(), std::vector<std::string>{});
  contract::delivers(*sink, {{.offset = 0}}, 1);
  EXPECT_EQ(place.rows(), contract::stored({{.offset = 0}}));
}

TEST_P(SnowflakeSink, AnAnswerThatIsLostAnywhereLeavesOneCopy) {
  for (const char* when : {"before", "after"}) {
    for (int skip = 0; skip < 4; ++skip) {
      SnowflakePlace place(GetParam());
      const auto sink = contract::opened(place);
      contract::delivers(*sink, {{.offset = 0}}, 1);
      place.goes_wrong_next({{"path", "POST|PUT"}, {when, "cut"}, {"skip", skip}});
      ScoredBatch batch = scored_rows({{.offset = 1, .id = "a"}, {.offset = 3, .id = "b"}}, 4);
      batch.tombstones = {{"7590", Offset{2}, 2}};
      std::string words;
      for (int time = 0; time < 3 && words != "delivered"; ++time) {
        words = words_of(sink->write(batch, test_checkpoint(4)));
        EXPECT_TRUE(words == "delivered" || words.starts_with("unknown")) << words;
      }
      EXPECT_EQ(words, "delivered");
      EXPECT_EQ(place.rows(),
                contract::stored({{.offset = 0}, {.offset = 1, .id = "a"}, {.offset = 3, .id = "b"}}))
          << when << " " << skip;
      EXPECT_EQ(place.newest(), (std::vector<std::string>{"a 0.5", "b 0.5"}));
      EXPECT_EQ(place.seen("log"), json::array());
    }
  }
}

TEST_P(SnowflakeSink, ATokenThatIsTurnedDownIsMadeAnewOnce) {
  SnowflakePlace place(GetParam());
  const auto sink = contract::opened(place);
  const char* path = GetParam() == Mode::merge ? "POST /api" : "/rows";
  place.goes_wrong_next({{"path", path}, {"status", 401}});
  contract::delivers(*sink, {{.offset = 0}}, 1);
  place.goes_wrong_next({{"path", path}, {"status", 401}, {"times", 2}});
  EXPECT_THAT(write_one(*sink, 1), HasSubstr("broken"));
}

TEST_P(SnowflakeSink, AnotherKeyOrUserIsWrong) {
  SnowflakePlace place(GetParam());
  place.settings().user = "SOMEBODY";
  const auto opened = place.make_sink()->open(test_assignment());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::wrong);
  EXPECT_THAT(opened.error().message, HasSubstr("RSA_PUBLIC_KEY_FP"));
}

TEST_P(SnowflakeSink, TokensOfOtherKindsLetUsIn) {
  SnowflakePlace place(GetParam());
  place.settings().login = SnowflakeSettings::Login::oauth;
  place.settings().token = "oauth-token-of-the-tests";
  contract::delivers(*contract::opened(place), {{.offset = 0}}, 1);
  place.settings().login = SnowflakeSettings::Login::access_token;
  place.settings().token = "access-token-of-the-tests";
  contract::opened(place, test_checkpoint(1));
  place.settings().token = "wrong";
  EXPECT_FALSE(place.make_sink()->open(test_assignment()));
}

TEST_P(SnowflakeSink, ATopicMadeAnewStopsTheRun) {
  SnowflakePlace place(GetParam());
  Assignment of_group = test_assignment();
  of_group.shares_partitions = true;
  for (const char* identity : {"first", "first", "second"}) {
    const auto sink = place.make_sink();
    ASSERT_TRUE(sink->open(of_group));
    const std::string words =
        words_of(sink->write(scored_rows({{.offset = 0}}, 1), test_checkpoint(1, identity)));
    if (identity == std::string("first"))
      EXPECT_EQ(words, "delivered");
    else
      EXPECT_THAT(words, HasSubstr("was made anew"));
  }
}

TEST_P(SnowflakeSink, ANewColumnIsAddedWhereThatIsWanted) {
  SnowflakePlace place(GetParam());
  contract::opened(place)->close();
  place.drop_column("note");
  if (GetParam() == Mode::merge)
    place.ask("drop_column", {{"schema", "STORE"}, {"table", "CHURN_SCORES"}, {"name", "NOTE"}});
  place.settings().adds_columns = true;
  contract::delivers(*contract::opened(place), {{.offset = 0}}, 1);
  EXPECT_EQ(place.rows(), contract::stored({{.offset = 0}}));
}

TEST_P(SnowflakeSink, TheOtherModesTablesAreRefused) {
  SnowflakePlace place(GetParam());
  contract::opened(place)->close();
  place.settings().mode = GetParam() == Mode::merge ? Mode::streaming : Mode::merge;
  contract::is_refused(place, "CHURN_SCORES");
}

TEST_P(SnowflakeSink, TheOriginalsTableIsAViewInUpperCase) {
  SnowflakePlace place(GetParam());
  contract::opened(place)->close();
  const std::string view = place.seen("views")["CHURN"];
  EXPECT_THAT(
      view, HasSubstr("s.CUSTOMER_ID AS \"ID\", s.\"NOTE\" AS \"NOTE\", s.\"CHARGES\" AS \"CHARGES\", "
                      "s.PREDICTION AS \"CHURN\", CAST(CASE s.PREDICTION WHEN 'No' THEN 0 WHEN 'Yes' THEN 1 "
                      "END AS DOUBLE) AS \"PREDICTION\""));
}

// Statements.

class Statements : public testing::Test {
 protected:
  SnowflakePlace place_{Mode::merge};
  SnowflakeLogin login_ = *SnowflakeLogin::make(place_.settings());
  SnowflakeStatements statements_{place_.settings(), login_};
  const std::string who_ = "SELECT CURRENT_USER(), CURRENT_ROLE(), CURRENT_WAREHOUSE(), CURRENT_VERSION()";
  std::size_t executed() { return place_.seen("executed").size(); }
};

TEST_F(Statements, AStatementThatRunsOnIsLookedAfter) {
  place_.goes_wrong_next({{"path", "POST /api"}, {"polls", 3}});
  const auto rows = statements_.run(who_);
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(rows->front().front(), "CHURN");
  place_.goes_wrong_next({{"path", "POST /api"}, {"polls", 1}});
  for (const int status : {429, 503, 500}) place_.goes_wrong_next({{"path", "GET /api"}, {"status", status}});
  EXPECT_TRUE(statements_.run(who_));
  EXPECT_EQ(executed(), 2u);
}

TEST_F(Statements, AStatementThatRunsPastTheTimeoutIsCancelled) {
  place_.settings().timeout = 300ms;
  place_.goes_wrong_next({{"path", "POST /api"}, {"polls", 1000}});
  const auto rows = statements_.run(who_);
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().trouble, SnowflakeTrouble::unknown);
  EXPECT_THAT(place_.seen("log"), Contains("cancelled"));
}

TEST_F(Statements, TheSameRequestIsNotDoneTwice) {
  const std::string insert =
      "INSERT INTO \"CHURN\".\"STORE\".\"CHURN_META\" (KEY, VALUE) VALUES ('format_version', '1')";
  contract::opened(place_)->close();
  place_.goes_wrong_next({{"path", "POST /api"}, {"after", "cut"}, {"times", 2}});
  for (int time = 0; time < 2; ++time) {
    const auto lost = statements_.run(insert);
    ASSERT_FALSE(lost);
    EXPECT_EQ(lost.error().trouble, SnowflakeTrouble::unknown);
  }
  EXPECT_TRUE(statements_.run(insert));
  EXPECT_EQ(place_.table("CHURN_META").size(), 2u) << "one from opening, one from three requests with one id";
  EXPECT_TRUE(statements_.run(insert));
  EXPECT_EQ(place_.table("CHURN_META").size(), 3u) << "an answer ends it: the next one is another request";
}

TEST_F(Statements, AResultInPartsIsReadWhole) {
  const auto sink = contract::opened(place_);
  for (int number = 0; number < 3; ++number) {
    ScoredBatch batch = scored_rows({}, 1);
    Checkpoint after;
    for (int partition = 0; partition < 5; ++partition)
      after.next[{"churn", number * 5 + partition}] = Offset{7};
    EXPECT_TRUE(std::holds_alternative<Delivered>(sink->write(batch, after)));
  }
  place_.ask("set", {{"page", 4}});
  const auto position = place_.make_sink()->open(test_assignment());
  ASSERT_TRUE(position) << position.error().message;
  EXPECT_EQ((**position).next.size(), 15u);
}

TEST_F(Statements, ErrorsAreSorted) {
  const auto trouble = [&](const char* sqlstate, const char* code) {
    place_.goes_wrong_next({{"path", "POST /api"},
                            {"status", 422},
                            {"body", {{"code", code}, {"message", "m"}, {"sqlState", sqlstate}}}});
    return statements_.run(who_).error().trouble;
  };
  EXPECT_EQ(trouble("22000", "100078"), SnowflakeTrouble::row);
  EXPECT_EQ(trouble("22018", "100038"), SnowflakeTrouble::row);
  EXPECT_EQ(trouble("23001", "100072"), SnowflakeTrouble::row);
  EXPECT_EQ(trouble("57014", "000604"), SnowflakeTrouble::passing);
  EXPECT_EQ(trouble("57014", "000625"), SnowflakeTrouble::passing);
  EXPECT_EQ(trouble("42S02", "002003"), SnowflakeTrouble::broken);
  EXPECT_EQ(trouble("42501", "003001"), SnowflakeTrouble::broken);
}

TEST_F(Statements, AServerThatIsNotThereIsPassingAndOneThatIsSilentIsNot) {
  SnowflakeSettings nowhere = place_.settings();
  nowhere.url = "http://127.0.0.1:1";
  SnowflakeStatements statements(nowhere, login_);
  EXPECT_EQ(statements.run(who_).error().trouble, SnowflakeTrouble::passing);
  SnowflakeHttp http(place_.settings());
  place_.goes_wrong_next({{"path", "GET /x"}, {"sleep", 2}, {"status", 200}});
  const auto silent = http.send({"GET", place_.settings().url + "/x", {}, {}}, 200ms);
  ASSERT_FALSE(silent);
  EXPECT_EQ(silent.error().trouble, SnowflakeTrouble::unknown);
}

// Channels.

TEST(SnowflakeStreaming, AnotherWriterOfTheChannelStopsTheFirst) {
  SnowflakePlace place(Mode::streaming);
  const auto first = contract::opened(place);
  contract::delivers(*first, {{.offset = 0}}, 1);
  const auto second = contract::opened(place);
  contract::delivers(*second, {{.offset = 1}}, 2);
  EXPECT_THAT(write_one(*first, 1), HasSubstr("another writer opened the channel"));
  EXPECT_EQ(place.rows(), contract::stored({{.offset = 0}, {.offset = 1}}));
}

TEST(SnowflakeStreaming, InAGroupAMemberThatWokeUpLateWritesNothingTwice) {
  SnowflakePlace place(Mode::streaming);
  Assignment of_group = test_assignment();
  of_group.shares_partitions = true;
  const auto first = place.make_sink(), second = place.make_sink();
  ASSERT_TRUE(first->open(of_group) && second->open(of_group));
  contract::delivers(*first, {{.offset = 0}}, 1);
  contract::delivers(*second, {{.offset = 1}}, 2);
  EXPECT_THAT(write_one(*first, 1), HasSubstr("try again"));
  EXPECT_EQ(write_one(*first, 1), "delivered");
  EXPECT_EQ(place.rows(), contract::stored({{.offset = 0}, {.offset = 1}}));
}

TEST(SnowflakeStreaming, RowsThatAreNotCommittedAreNotDelivered) {
  SnowflakePlace place(Mode::streaming);
  place.settings().timeout = 200ms;
  const auto sink = contract::opened(place);
  place.ask("set", {{"commit_after", 1000}});
  EXPECT_THAT(write_one(*sink, 0), HasSubstr("has not committed the rows within timeout"));
  EXPECT_EQ(place.rows(), std::vector<std::string>{});
  place.ask("set", {{"commit_after", 3}});
  contract::delivers(*sink, {{.offset = 0}}, 1);
  EXPECT_EQ(place.rows(), contract::stored({{.offset = 0}}));
}

TEST(SnowflakeStreaming, ABigBatchGoesInSeveralRequestsUnderOneChain) {
  SnowflakePlace place(Mode::streaming);
  const auto sink = contract::opened(place);
  std::vector<TestRow> rows;
  for (std::int64_t offset = 0; offset < 20; ++offset)
    rows.push_back({.offset = offset, .note = std::string(500'000, 'x')});
  contract::delivers(*sink, rows, 25);
  EXPECT_EQ(place.rows().size(), 20u);
  const json channels = place.seen("channels");
  ASSERT_EQ(channels.size(), 1u);
  EXPECT_EQ(channels.begin().value()["token"], "0000000000000000024") << "behind what was skipped";
  EXPECT_EQ(channels.begin().value()["row"], 3);
}

TEST(SnowflakeStreaming, ATokenOfAnotherProgramIsNotTakenForAPosition) {
  for (const char* token :
       {"17", "000000000000000001x", "9223372036854775807", "0000000000000000001-zz", "-000000000000000001"})
    EXPECT_FALSE(parse_snowflake_offset_token(token)) << token;
  EXPECT_EQ(number_of(parse_snowflake_offset_token("")->next), 0);
  EXPECT_EQ(number_of(parse_snowflake_offset_token(snowflake_offset_token(Offset{41}, "id"))->next), 42);
  EXPECT_NE(snowflake_channel_name({"Churn", 0}), snowflake_channel_name({"churn", 0}));
}

}  // namespace
}  // namespace churnstream
