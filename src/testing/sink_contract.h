// What every sink promises, as one suite: run it from the sink's own test with a place to write to.
//
//   TEST(SqliteSink, PassesTheSinkContract) { sink_contract([] { return std::make_unique<SqlitePlace>(); });
//   }
#pragma once

#include <gtest/gtest.h>

#include <functional>
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
  // Every stored row as "offset id probability note charges", by offset; empty text for null.
  virtual std::vector<std::string> rows() = 0;
  // "id probability" of each customer's newest event, by id; empty where the store keeps none.
  virtual std::vector<std::string> newest() { return {}; }
  virtual bool keeps_newest() const { return false; }
  // Makes the store refuse rows of this customer from now on; false where no row can be refused.
  virtual bool refuse(const std::string& /*id*/) { return false; }
};

namespace contract {

inline std::string stored(const TestRow& row) {
  const auto text = [](double value) { return std::isfinite(value) ? shortest(value) : std::string(); };
  return std::to_string(row.offset) + " " + row.id + " " + text(row.probability) + " " + row.note + " " +
         text(row.charges);
}

inline std::vector<std::string> stored(const std::vector<TestRow>& rows) {
  std::vector<std::string> texts;
  for (const TestRow& row : rows) texts.push_back(stored(row));
  return texts;
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
  delivers(*sink, {{.offset = 0, .id = "a", .probability = 0.9, .event_time_us = 100}}, 1);
  delivers(*sink, {{.offset = 1, .id = "a", .probability = 0.1, .event_time_us = 50}}, 2);
  delivers(*sink,
           {{.offset = 2, .id = "b", .probability = 0.2, .event_time_us = 100},
            {.offset = 3, .id = "b", .probability = 0.3, .event_time_us = 100}},
           4);
  EXPECT_EQ(place.rows().size(), 4u);
  if (!place.keeps_newest()) return;
  EXPECT_EQ(place.newest(), (std::vector<std::string>{"a 0.9", "b 0.3"}));
}

inline void refuses_one(SinkPlace& place) {
  SCOPED_TRACE("refuses one row of many: the others are there, and the position moves");
  auto sink = opened(place);
  if (!place.refuse("bad")) return;
  const std::vector<TestRow> rows{{.offset = 0}, {.offset = 1, .id = "bad"}, {.offset = 2}};
  const WriteOutcome outcome = sink->write(scored_rows(rows, 3), test_checkpoint(3));
  ASSERT_TRUE(std::holds_alternative<RefusedRows>(outcome)) << "outcome " << outcome.index();
  const std::vector<RefusedRow>& refused = std::get<RefusedRows>(outcome).rows;
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(number_of(refused.front().offset), 1);
  EXPECT_FALSE(refused.front().reason.empty());
  EXPECT_EQ(place.rows(), stored({{.offset = 0}, {.offset = 2}}));
  sink->close();
  opened(place, test_checkpoint(3));
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
      {.offset = kLast, .event_time_us = std::numeric_limits<std::int64_t>::max(), .note = "last"}};
  auto sink = opened(place);
  // The last time is past what RFC 3339 can say; what matters is that the sink stands it.
  delivers(*sink, {rows.begin(), rows.begin() + 4}, 4);
  delivers(*sink, {rows.back()}, kLast + 1);
  EXPECT_EQ(place.rows(), stored(rows));
  sink->close();
  opened(place, test_checkpoint(kLast + 1));
}

}  // namespace contract

inline void sink_contract(const std::function<std::unique_ptr<SinkPlace>()>& make_place) {
  for (void (*part)(SinkPlace&) :
       {contract::opens_twice, contract::same_batch_twice, contract::no_rows, contract::older_replay,
        contract::refuses_one, contract::closes_midway, contract::extremes})
    part(*make_place());
}

}  // namespace churnstream
