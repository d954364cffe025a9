// What every sink promises, as one suite: run it from the sink's own test with a place to write to.
//
//   TEST(SqliteSink, PassesTheSinkContract) { sink_contract([] { return std::make_unique<SqlitePlace>(); });
//   }
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <iostream>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base/numbers.h"
#include "testing/scored_rows.h"

namespace churnstream {

// A fresh, empty store and how to look into it.
class SinkPlace {
 public:
  virtual ~SinkPlace() = default;
  // A new object on the same place, as after a restart.
  virtual std::unique_ptr<Sink> make_sink() = 0;
  // Every stored row as "offset id probability note charges", by offset; NULL for null.
  virtual std::vector<std::string> rows() = 0;
  // "offset flagged event_time", by offset: true or false, and RFC 3339.
  virtual std::vector<std::string> flags_and_times() = 0;
  // "id probability" of each customer's newest event, by id.
  virtual std::vector<std::string> newest() { return {}; }

  // Times that differ by less are the same to the place; stored ones are whole multiples.
  virtual EpochMicros time_step_us() const { return 1; }
  // A tombstone also keeps out older events that come after it.
  virtual bool tombstones_last() const { return false; }
  // Its client may itself send again what got no answer.
  virtual bool sends_again() const { return false; }
  // What a refusal says, where the place cannot be told a reason.
  virtual std::string reason_given(const std::string& reason) const { return reason; }

  // What not every place has; false (and nothing done) where it has not.
  virtual bool keeps_newest() const { return false; }
  // Refuses rows of this customer from now on, for this reason.
  virtual bool refuse(const std::string& /*id*/, const std::string& /*reason*/) { return false; }
  // The next write happens and its answer does not come.
  virtual bool lose_next_answer() { return false; }
  // As somebody else would change the tables: a column more, a column less, another format version.
  virtual bool add_column(const std::string& /*name*/) { return false; }
  virtual bool drop_column(const std::string& /*name*/) { return false; }
  virtual bool set_format_version(const std::string& /*version*/) { return false; }
};

namespace contract {

// The case does not apply to the place, and the test's output says so.
inline void not_offered(const char* what) { std::cout << "  this place " << what << std::endl; }

inline std::string stored(const TestRow& row) {
  const auto text = [](double value) { return std::isfinite(value) ? shortest(value) : std::string("NULL"); };
  return std::to_string(row.offset) + " " + row.id + " " + text(row.probability) + " " +
         row.note.value_or("NULL") + " " + text(row.charges);
}

inline std::vector<std::string> stored(const std::vector<TestRow>& rows) {
  std::vector<std::string> texts;
  for (const TestRow& row : rows) texts.push_back(stored(row));
  return texts;
}

// Why the sink is broken, or what it answered instead.
inline std::string broken_words(const WriteOutcome& outcome) {
  const auto* broken = std::get_if<Broken>(&outcome);
  return broken != nullptr ? broken->error.message : "outcome " + std::to_string(outcome.index());
}

inline std::unique_ptr<Sink> opened(SinkPlace& place, Checkpoint expected = {}) {
  std::unique_ptr<Sink> sink = place.make_sink();
  const auto remembered = sink->open(test_assignment());
  EXPECT_TRUE(remembered) << (remembered ? "" : remembered.error().message);
  EXPECT_TRUE(!remembered || !*remembered || (**remembered).next == expected.next)
      << "the position it remembers";
  return sink;
}

inline void delivers(Sink& sink, const std::vector<TestRow>& rows, std::int64_t next) {
  const WriteOutcome outcome = sink.write(scored_rows(rows, next), test_checkpoint(next));
  EXPECT_TRUE(std::holds_alternative<Delivered>(outcome)) << "outcome " << outcome.index();
}

inline void opens_twice(SinkPlace& place) {
  SCOPED_TRACE("opens twice: what was written stays, and its position is remembered");
  delivers(*opened(place), {{.offset = 0}, {.offset = 1}}, 2);
  auto sink = opened(place, test_checkpoint(2));
  EXPECT_EQ(place.rows(), stored({{.offset = 0}, {.offset = 1}}));
}

inline void same_batch_twice(SinkPlace& place) {
  SCOPED_TRACE("the same batch twice leaves one copy, in one life and across two");
  auto sink = opened(place);
  for (int time = 0; time < 2; ++time) delivers(*sink, {{.offset = 0}, {.offset = 1}}, 2);
  sink->close();
  sink = opened(place, test_checkpoint(2));
  delivers(*sink, {{.offset = 0}, {.offset = 1}, {.offset = 2}}, 3);
  EXPECT_EQ(place.rows(), stored({{.offset = 0}, {.offset = 1}, {.offset = 2}}));
}

inline void no_rows(SinkPlace& place) {
  SCOPED_TRACE("a batch without rows moves the position");
  auto sink = opened(place);
  delivers(*sink, {}, 7);
  sink->close();
  opened(place, test_checkpoint(7));
  EXPECT_EQ(place.rows(), std::vector<std::string>{});
}

inline void older_replay(SinkPlace& place) {
  SCOPED_TRACE("an older event never overwrites a newer score; of equal times the later position wins");
  auto sink = opened(place);
  const EpochMicros step = place.time_step_us();
  delivers(*sink, {{.offset = 0, .id = "a", .probability = 0.9, .event_time_us = 100 * step}}, 1);
  delivers(*sink, {{.offset = 1, .id = "a", .probability = 0.1, .event_time_us = 50 * step}}, 2);
  delivers(*sink,
           {{.offset = 2, .id = "b", .probability = 0.2, .event_time_us = 100 * step},
            {.offset = 3, .id = "b", .probability = 0.3, .event_time_us = 100 * step}},
           4);
  EXPECT_EQ(place.rows().size(), 4u);
  if (!place.keeps_newest()) return not_offered("keeps no newest score per customer");
  EXPECT_EQ(place.newest(), (std::vector<std::string>{"a 0.9", "b 0.3"}));
}

inline void same_customer_twice(SinkPlace& place) {
  SCOPED_TRACE("the same customer several times in one batch: the newest wins, of equal times the last");
  auto sink = opened(place);
  const EpochMicros step = place.time_step_us();
  delivers(*sink,
           {{.offset = 0, .id = "a", .probability = 0.1, .event_time_us = 5 * step},
            {.offset = 1, .id = "b", .probability = 0.2, .event_time_us = 7 * step},
            {.offset = 2, .id = "a", .probability = 0.3, .event_time_us = 9 * step},
            {.offset = 3, .id = "b", .probability = 0.4, .event_time_us = 7 * step},
            {.offset = 4, .id = "a", .probability = 0.5, .event_time_us = 6 * step}},
           5);
  EXPECT_EQ(place.rows().size(), 5u);
  if (!place.keeps_newest()) return not_offered("keeps no newest score per customer");
  EXPECT_EQ(place.newest(), (std::vector<std::string>{"a 0.3", "b 0.4"}));
}

inline void tombstones(SinkPlace& place) {
  SCOPED_TRACE("a tombstone forgets the customer, in the order it came; newer scores and events stay");
  if (!place.keeps_newest()) return not_offered("keeps no newest score per customer");
  auto sink = opened(place);
  const EpochMicros step = place.time_step_us();
  delivers(
      *sink,
      {{.offset = 0, .id = "a", .event_time_us = step}, {.offset = 1, .id = "b", .event_time_us = 5 * step}},
      2);
  ScoredBatch batch = scored_rows({{.offset = 3, .id = "c", .probability = 0.25, .event_time_us = 3 * step},
                                   {.offset = 6, .id = "d", .event_time_us = step},
                                   {.offset = 8, .id = "d", .probability = 0.75, .event_time_us = 2 * step}},
                                  9);
  batch.tombstones = {{"a", Offset{2}, 2 * step},
                      {"b", Offset{4}, 4 * step},
                      {"c", Offset{5}, 5 * step},
                      {"d", Offset{7}, 7 * step}};
  EXPECT_TRUE(std::holds_alternative<Delivered>(sink->write(batch, test_checkpoint(9))));
  std::vector<std::string> expected{"b 0.5"};
  if (!place.tombstones_last()) expected.push_back("d 0.75");
  EXPECT_EQ(place.newest(), expected);
  EXPECT_EQ(place.rows().size(), 5u) << "events are history";
}

inline void refuses_one(SinkPlace& place) {
  SCOPED_TRACE("refuses one row of many: the others are there, and the position moves");
  auto sink = opened(place);
  if (!place.refuse("bad", "not this one")) return not_offered("refuses no row");
  const std::vector<TestRow> rows{{.offset = 0}, {.offset = 1, .id = "bad"}, {.offset = 2}};
  const WriteOutcome outcome = sink->write(scored_rows(rows, 3), test_checkpoint(3));
  ASSERT_TRUE(std::holds_alternative<RefusedRows>(outcome)) << "outcome " << outcome.index();
  const std::vector<RefusedRow>& refused = std::get<RefusedRows>(outcome).rows;
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(number_of(refused.front().offset), 1);
  EXPECT_NE(refused.front().reason.find(place.reason_given("not this one")), std::string::npos)
      << refused.front().reason;
  EXPECT_EQ(place.rows(), stored({{.offset = 0}, {.offset = 2}}));
  sink->close();
  opened(place, test_checkpoint(3));
}

inline void refuses_again(SinkPlace& place) {
  SCOPED_TRACE(
      "a refused row is refused again when its batch comes again: its record may not have been kept");
  auto sink = opened(place);
  if (!place.refuse("bad", "not this one")) return not_offered("refuses no row");
  const ScoredBatch batch = scored_rows({{.offset = 0}, {.offset = 1, .id = "bad"}, {.offset = 2}}, 3);
  for (int life = 0; life < 3; ++life) {
    const WriteOutcome outcome = sink->write(batch, test_checkpoint(3));
    ASSERT_TRUE(std::holds_alternative<RefusedRows>(outcome)) << "life " << life;
    ASSERT_EQ(std::get<RefusedRows>(outcome).rows.size(), 1u);
    const RefusedRow& refused = std::get<RefusedRows>(outcome).rows.front();
    EXPECT_EQ(number_of(refused.offset), 1);
    EXPECT_EQ(refused.key, "bad");
    EXPECT_NE(refused.reason.find(place.reason_given("not this one")), std::string::npos) << refused.reason;
    sink->close();
    sink = opened(place, test_checkpoint(3));
  }
  EXPECT_EQ(place.rows(), stored({{.offset = 0}, {.offset = 2}}));
}

inline void refuses_among_tombstones(SinkPlace& place) {
  SCOPED_TRACE("refused rows among rows and tombstones: these find their order all the same");
  if (!place.keeps_newest()) return not_offered("keeps no newest score per customer");
  auto sink = opened(place);
  if (!place.refuse("bad", "not this one")) return not_offered("refuses no row");
  ScoredBatch batch = scored_rows({{.offset = 0, .id = "bad"},
                                   {.offset = 1, .id = "a", .probability = 0.25},
                                   {.offset = 2, .id = "bad"},
                                   {.offset = 4, .id = "b", .probability = 0.75},
                                   {.offset = 5, .id = "bad"}},
                                  6);
  batch.tombstones = {{"a", Offset{3}, 1}};
  const WriteOutcome outcome = sink->write(batch, test_checkpoint(6));
  ASSERT_TRUE(std::holds_alternative<RefusedRows>(outcome)) << "outcome " << outcome.index();
  EXPECT_EQ(std::get<RefusedRows>(outcome).rows.size(), 3u);
  EXPECT_EQ(place.newest(), std::vector<std::string>{"b 0.75"});
}

inline void lost_answer(SinkPlace& place) {
  SCOPED_TRACE("a lost answer: the write happened, and the same again leaves one copy");
  auto sink = opened(place);
  delivers(*sink, {{.offset = 0}}, 1);
  if (!place.lose_next_answer()) return not_offered("loses no answer");
  const WriteOutcome outcome = sink->write(scored_rows({{.offset = 1}}, 2), test_checkpoint(2));
  const bool is_sent_again = place.sends_again() && std::holds_alternative<Delivered>(outcome);
  EXPECT_TRUE(std::holds_alternative<Unknown>(outcome) || is_sent_again) << "outcome " << outcome.index();
  EXPECT_EQ(place.rows(), stored({{.offset = 0}, {.offset = 1}})) << "it happened";
  delivers(*sink, {{.offset = 1}}, 2);
  EXPECT_EQ(place.rows(), stored({{.offset = 0}, {.offset = 1}}));
}

// Opening says what differs, and that nothing was done.
inline void is_refused(SinkPlace& place, const std::string& what) {
  const auto again = place.make_sink()->open(test_assignment());
  ASSERT_FALSE(again) << "a place that differs is opened";
  EXPECT_EQ(again.error().kind, ErrorKind::wrong);
  EXPECT_NE(again.error().message.find(what), std::string::npos) << again.error().message;
}

inline void a_column_more(SinkPlace& place) {
  SCOPED_TRACE("tables with a column more are refused by its name");
  opened(place)->close();
  if (!place.add_column("color")) return not_offered("has no columns");
  is_refused(place, "color");
}

inline void a_column_less(SinkPlace& place) {
  SCOPED_TRACE("tables with a column less are refused by its name");
  opened(place)->close();
  if (!place.drop_column("note")) return not_offered("has no columns");
  is_refused(place, "note");
}

inline void another_version(SinkPlace& place) {
  SCOPED_TRACE("tables of a format version that is not ours are refused by its number");
  opened(place)->close();
  for (const char* version : {"0", "999"}) {
    if (!place.set_format_version(version)) return not_offered("has no format version");
    is_refused(place, std::string("format version is ") + version);
  }
}

inline void closes_midway(SinkPlace& place) {
  SCOPED_TRACE("close midway: opened again it goes on where it was");
  auto sink = opened(place);
  delivers(*sink, {{.offset = 0}}, 1);
  sink->close();
  sink->close();
  EXPECT_TRUE(sink->open(test_assignment()));
  delivers(*sink, {{.offset = 1}}, 2);
  sink->close();
  EXPECT_EQ(place.rows(), stored({{.offset = 0}, {.offset = 1}}));
}

inline void extremes(SinkPlace& place) {
  SCOPED_TRACE("text with quotes and every alphabet, 64-bit extremes, infinities and NaN");
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max() - 1;
  const std::vector<TestRow> rows{
      {.offset = 0, .id = "O'Brien \"x\"; DROP TABLE churn_scores; --", .note = "zażółć 🐟 \\ / , \t;"},
      {.offset = 1, .probability = 0.1 + 0.2, .note = "", .charges = kInfinity},
      {.offset = 2, .probability = 5e-324, .charges = std::numeric_limits<double>::quiet_NaN()},
      {.offset = 3, .note = "9223372036854775807", .charges = -1.7976931348623157e308},
      {.offset = 4, .note = std::nullopt, .charges = -kInfinity},
      {.offset = kLast, .event_time_us = std::numeric_limits<std::int64_t>::max(), .note = "last"}};
  auto sink = opened(place);
  // The last time is past what RFC 3339 can say; what matters is that the sink stands it.
  delivers(*sink, {rows.begin(), rows.begin() + 5}, 5);
  delivers(*sink, {rows.back()}, kLast + 1);
  EXPECT_EQ(place.rows(), stored(rows));
  sink->close();
  opened(place, test_checkpoint(kLast + 1));
}

inline void flags_and_times(SinkPlace& place) {
  SCOPED_TRACE("flags, and times to the place's least step, before 1970 too");
  auto sink = opened(place);
  delivers(*sink,
           {{.offset = 0, .probability = 0.75, .event_time_us = 9'007'199'254'740'993},
            {.offset = 1, .probability = 0.25, .event_time_us = -1}},
           2);
  const bool has_micros = place.time_step_us() == 1;
  EXPECT_EQ(place.flags_and_times(),
            (std::vector<std::string>{
                has_micros ? "0 true 2255-06-05T23:47:34.740993Z" : "0 true 2255-06-05T23:47:34.740000Z",
                has_micros ? "1 false 1969-12-31T23:59:59.999999Z" : "1 false 1969-12-31T23:59:59.999000Z"}));
}

}  // namespace contract

inline void sink_contract(const std::function<std::unique_ptr<SinkPlace>()>& make_place) {
  for (void (*part)(SinkPlace&) :
       {contract::opens_twice, contract::same_batch_twice, contract::no_rows, contract::older_replay,
        contract::same_customer_twice, contract::tombstones, contract::refuses_one, contract::refuses_again,
        contract::refuses_among_tombstones, contract::lost_answer, contract::a_column_more,
        contract::a_column_less, contract::another_version, contract::closes_midway, contract::extremes,
        contract::flags_and_times})
    part(*make_place());
}

}  // namespace churnstream
