// A keyspace in the Cassandra in memory, as the sink contract and tests of what is done to a store see it.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "sink/cassandra_sink.h"
#include "testing/fake_cassandra.h"
#include "testing/sink_contract.h"

namespace churnstream {

class FakeCassandraPlace : public SinkPlace {
 public:
  std::unique_ptr<Sink> make_sink() override { return make_cassandra_sink(settings, door()); }
  OpenCassandra door() {
    return [this](const CassandraSettings&) -> Result<std::unique_ptr<CassandraSession>> {
      return std::make_unique<FakeCassandraSession>(store);
    };
  }
  std::vector<std::string> rows() override {
    return lines("churn_events", [](auto& row) {
      const auto number = [&](const char* name) {
        return row[name].is_null() ? std::string("NULL") : shortest(row[name].number());
      };
      return fmt::format("{} {} {} {} {}", row["source_offset"].integer(), row["customer_id"].text(),
                         number("probability"), row["note"].is_null() ? "NULL" : row["note"].text(),
                         number("charges"));
    });
  }
  std::vector<std::string> flags_and_times() override {
    return lines("churn_events", [](auto& row) {
      return fmt::format("{} {} {}", row["source_offset"].integer(), row["flagged"].flag(),
                         rfc3339(row["event_time"].integer() * 1'000));
    });
  }
  std::vector<std::string> newest() override {
    return lines("churn_scores", [](auto& row) {
      return fmt::format("{} {}", row["customer_id"].text(), shortest(row["probability"].number()));
    });
  }
  EpochMicros time_step_us() const override { return 1'000; }
  bool tombstones_last() const override { return true; }
  bool keeps_newest() const override { return true; }
  bool refuse(const std::string& id, const std::string&) override {
    return store.refused.insert(id).second || true;
  }
  bool lose_next_answer() override { return store.loses_next_answer = true; }
  bool add_column(const std::string& name) override {
    store.tables["churn_scores"].types[name] = "text";
    return true;
  }
  bool drop_column(const std::string& name) override {
    return store.tables["churn_events"].types.erase(name) > 0;
  }
  bool set_format_version(const std::string& version) override {
    store.tables["the version"].types["is"] = version;
    return true;
  }

  FakeCassandra store;
  CassandraSettings settings{.keyspace = "churn"};

 private:
  template <typename AsLine>
  std::vector<std::string> lines(const std::string& table, AsLine as_line) {
    auto rows = store.rows_of(table);
    std::sort(rows.begin(), rows.end(), [](auto& left, auto& right) {
      return std::pair(left["source_offset"].integer(), 0) < std::pair(right["source_offset"].integer(), 0);
    });
    std::vector<std::string> all;
    for (auto& row : rows) all.push_back(as_line(row));
    if (table == "churn_scores") std::sort(all.begin(), all.end());
    return all;
  }
};

}  // namespace churnstream
