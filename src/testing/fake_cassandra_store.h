// What a Cassandra in memory holds: cells with write times of which the latest stands, rows and partitions
// that are deleted up to a write time; and its answers to what forgetting and backfilling ask. One thread.
#pragma once

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "sink/cassandra_session.h"

namespace churnstream {

class FakeCassandra {
 public:
  struct Cell {
    std::int64_t written = std::numeric_limits<std::int64_t>::min();
    CassandraCell value;
  };
  struct Row {
    std::int64_t deleted = std::numeric_limits<std::int64_t>::min();
    std::map<std::string, Cell> cells;
  };
  struct Table {
    std::map<std::string, std::string> types;  // by column
    std::vector<std::string> partition, clustering;
    std::map<std::string, Row> rows;              // by the bytes of their keys
    std::map<std::string, std::int64_t> deleted;  // whole partitions, up to a write time
  };

  static constexpr int kFine = 0x7fff;  // a code that stands for no failure

  std::map<std::string, Table> tables;
  std::set<std::string> refused;  // customers
  std::vector<CassandraFailure>
      next_calls;  // what the next writes answer, one by one; kFine: nothing special
  std::vector<CassandraFailure> next_scans;  // what the next looks for partitions answer, likewise
  bool loses_next_answer = false;
  std::optional<CassandraFailure> next_prepare;  // what preparing answers, once
  int writes = 0, rows_sent = 0;

  // The rows of a table that have cells, each as a map.
  std::vector<std::map<std::string, CassandraCell>> rows_of(const std::string& table) {
    std::vector<std::map<std::string, CassandraCell>> all;
    for (const auto& row : live_rows_of(table)) {
      all.emplace_back();
      for (const auto& [column, cell] : row) all.back()[column] = cell.value;
    }
    return all;
  }

  // The same with their write times.
  std::vector<std::map<std::string, Cell>> live_rows_of(const std::string& table) {
    std::vector<std::map<std::string, Cell>> all;
    for (const auto& [key, row] : tables[table].rows) {
      std::map<std::string, Cell> cells;
      for (const auto& [column, cell] : row.cells)
        if (cell.written > row.deleted && !cell.value.is_null()) cells[column] = cell;
      if (!cells.empty()) all.push_back(std::move(cells));
    }
    return all;
  }

  // The customer's months whose tokens lie in the stretch that is asked for.
  CassandraResult<CassandraRows> partitions(const std::string& cql) {
    if (!next_scans.empty()) {
      const CassandraFailure failure = next_scans.front();
      next_scans.erase(next_scans.begin());
      if (failure.code != kFine) return tl::make_unexpected(failure);
    }
    std::smatch found;
    std::regex_search(cql, found,
                      std::regex("customer_id = '(.*)' AND .*> (-?\\d+) AND .*<= (-?\\d+) ALLOW"));
    std::map<std::int64_t, CassandraCell> months;
    for (const auto& row : rows_of("churn_events")) {
      const std::int64_t month = row.at("month").integer();
      const auto token = static_cast<std::int64_t>(
          std::hash<std::string>()(std::string(row.at("customer_id").text()) + std::to_string(month)));
      if (row.at("customer_id").text() == found[1].str() && token > std::stoll(found[2].str()) &&
          token <= std::stoll(found[3].str()))
        months[month] = row.at("month");
    }
    CassandraRows rows;
    for (const auto& [month, cell] : months) rows.push_back({CassandraCell(found[1].str()), cell});
    return rows;
  }

  // How many rows a partition has, and the newest write time of each column that is asked for.
  CassandraRows counted(const std::string& cql) {
    std::smatch found;
    std::regex_search(
        cql, found,
        std::regex("FROM \"\\w+\"\\.\"(\\w+)\" WHERE customer_id = '(.*?)'(?: AND month = (-?\\d+))?$"));
    std::int64_t count = 0;
    std::map<std::string, std::int64_t> newest;
    for (const auto& row : live_rows_of(found[1])) {
      const bool is_other_month =
          found[3].matched && row.at("month").value.integer() != std::stoll(found[3].str());
      if (row.at("customer_id").value.text() != found[2].str() || is_other_month) continue;
      ++count;
      for (const auto& [column, cell] : row)
        newest[column] = std::max(newest.emplace(column, cell.written).first->second, cell.written);
    }
    CassandraRows rows{{bigint(count)}};
    for (const std::string& column : all_of(cql, "writetime\\(\"(\\w+)\"\\)"))
      rows[0].push_back(newest.contains(column) ? bigint(newest.at(column)) : CassandraCell());
    return rows;
  }

  // The rows of some customers, in a month between two times where that is asked, with their write times.
  CassandraRows written(const std::string& cql) {
    std::smatch found;
    std::regex_search(cql, found,
                      std::regex("FROM \"\\w+\"\\.\"(\\w+)\" WHERE customer_id IN \\((.*)\\)"
                                 "(?: AND month = (-?\\d+) AND event_time >= (-?\\d+) AND event_time <= "
                                 "(-?\\d+))?$"));
    const std::vector<std::string> customers = all_of(found[2], "'([^']*)'");
    CassandraRows rows;
    for (const auto& row : live_rows_of(found[1])) {
      const auto number = [&](const char* column) { return row.at(column).value.integer(); };
      if (std::find(customers.begin(), customers.end(), row.at("customer_id").value.text()) ==
          customers.end())
        continue;
      if (found[3].matched && (number("month") != std::stoll(found[3].str()) ||
                               number("event_time") < std::stoll(found[4].str()) ||
                               number("event_time") > std::stoll(found[5].str())))
        continue;
      rows.emplace_back();
      for (const char* column : {"customer_id", "source_topic", "source_partition", "source_offset"})
        rows.back().push_back(row.at(column).value);
      for (const std::string& column : all_of(cql, "writetime\\(\"(\\w+)\"\\)"))
        rows.back().push_back(row.contains(column) ? bigint(row.at(column).written) : CassandraCell());
    }
    return rows;
  }

 private:
  static std::vector<std::string> all_of(const std::string& text, const char* pattern) {
    std::vector<std::string> all;
    const std::regex wanted(pattern);
    for (std::sregex_iterator one(text.begin(), text.end(), wanted), end; one != end; ++one)
      all.push_back((*one)[1]);
    return all;
  }
  static CassandraCell bigint(std::int64_t value) {
    CassandraCells cells;
    cells.bigint(value);
    return CassandraCell(cells.all_bytes().substr(4));
  }
};

}  // namespace churnstream
