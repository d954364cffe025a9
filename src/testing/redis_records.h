// What the sink contract asks of a place in Redis, from the records it holds, a real one's or one's in
// memory.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/numbers.h"
#include "testing/sink_contract.h"

namespace churnstream {

class RedisRecords : public SinkPlace {
 public:
  std::vector<std::string> rows() override {
    std::vector<std::string> lines;
    for (const std::string& record : events()) {
      const auto row = nlohmann::json::parse(record);
      lines.push_back(fmt::format("{} {} {} {} {}", row["source_offset"].get<std::int64_t>(),
                                  row["customer_id"].get<std::string>(), number(row["probability"]),
                                  row["note"].is_null() ? "NULL" : row["note"].get<std::string>(),
                                  number(row["charges"])));
    }
    return lines;
  }
  std::vector<std::string> flags_and_times() override {
    std::vector<std::string> lines;
    for (const std::string& record : events()) {
      const auto row = nlohmann::json::parse(record);
      lines.push_back(fmt::format("{} {} {}", row["source_offset"].get<std::int64_t>(),
                                  row["flagged"].get<bool>(), row["event_time"].get<std::string>()));
    }
    return lines;
  }
  std::vector<std::string> newest() override {
    std::vector<std::string> lines;
    for (const std::string& record : scores()) {
      const auto row = nlohmann::json::parse(record);
      lines.push_back(row["customer_id"].get<std::string>() + " " + number(row["probability"]));
    }
    std::sort(lines.begin(), lines.end());
    return lines;
  }
  bool keeps_newest() const override { return true; }

 protected:
  // Records as JSON: of partition 0 of the topic churn, by offset; of each customer, in any order.
  virtual std::vector<std::string> events() = 0;
  virtual std::vector<std::string> scores() = 0;

 private:
  static std::string number(const nlohmann::json& value) {
    return value.is_null() ? "NULL" : shortest(value.get<double>());
  }
};

}  // namespace churnstream
