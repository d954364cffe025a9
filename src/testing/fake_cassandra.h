// A Cassandra in memory, as far as our own statements go: inserts, deletes, a catalog, and a few questions.
// Sessions share a store; one thread.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "testing/fake_cassandra_store.h"

namespace churnstream {

class FakeCassandraSession : public CassandraSession {
 public:
  explicit FakeCassandraSession(FakeCassandra& store) : store_(store) {}

  CassandraResult<CassandraRows> ask(const std::string& cql) override {
    std::smatch found;
    const auto cell = [](std::string_view text) { return CassandraCell(std::string(text)); };
    if (cql.starts_with("SELECT data_center FROM system.local")) return CassandraRows{{cell("dc1")}};
    if (cql.starts_with("SELECT column_name")) {
      std::regex_search(cql, found, std::regex("table_name = '(\\w+)'"));
      return catalog(found[1]);
    }
    if (cql.starts_with("SELECT DISTINCT customer_id, month")) return store_.partitions(cql);
    if (cql.starts_with("SELECT count(*)")) return store_.counted(cql);
    if (cql.starts_with("SELECT customer_id, source_topic")) return store_.written(cql);
    if (std::regex_search(cql, found,
                          std::regex("^CREATE TABLE IF NOT EXISTS .*?\\.\"?(\\w+)\"? \\((.*)\\)")))
      make(found[1], found[2]);
    if (std::regex_search(cql, found, std::regex("VALUES \\('format_version', '(\\d+)'\\)")))
      version_ref() = found[1];
    if (cql.starts_with("SELECT value") && !version_ref().empty())
      return CassandraRows{{cell(version_ref())}};
    return CassandraRows();
  }

  CassandraResult<std::int64_t> prepare(const std::string& cql) override {
    if (store_.next_prepare) return tl::make_unexpected(*std::exchange(store_.next_prepare, std::nullopt));
    statements_.push_back(cql);
    return static_cast<std::int64_t>(statements_.size()) - 1;
  }

  std::vector<CassandraFailure> write(std::int64_t number, const CassandraCells& rows, std::size_t) override {
    ++store_.writes;
    const std::string& cql = statements_[static_cast<std::size_t>(number)];
    std::vector<CassandraFailure> failures;
    std::size_t begin = 0;
    for (std::size_t row = 0; row < rows.row_ends().size(); ++row) {
      ++store_.rows_sent;
      const std::size_t end = rows.row_ends()[row];
      CassandraFailure failure{kFine};
      if (!store_.next_calls.empty()) {
        failure = store_.next_calls.front();
        store_.next_calls.erase(store_.next_calls.begin());
      }
      failure.row = row;
      if (failure.code == kFine &&
          !apply(cql, cells_of(std::string_view(rows.all_bytes()).substr(begin, end - begin))))
        failure = {0x2200, "not this one", row};
      if (failure.code != kFine) failures.push_back(failure);
      begin = end;
    }
    if (store_.loses_next_answer) {
      store_.loses_next_answer = false;
      return {{-2, "the answer was lost", 0}};
    }
    return failures;
  }

  static constexpr int kFine = FakeCassandra::kFine;

 private:
  // As in the protocol; nothing for unset.
  static std::vector<std::optional<CassandraCell>> cells_of(std::string_view bytes) {
    std::vector<std::optional<CassandraCell>> cells;
    while (!bytes.empty()) {
      const auto size = static_cast<std::int32_t>(CassandraCell(std::string(bytes.substr(0, 4))).integer());
      bytes.remove_prefix(4);
      if (size >= 0)
        cells.emplace_back(CassandraCell(std::string(bytes.substr(0, static_cast<std::size_t>(size)))));
      else
        cells.push_back(size == -1 ? std::optional(CassandraCell()) : std::nullopt);
      bytes.remove_prefix(size > 0 ? static_cast<std::size_t>(size) : 0);
    }
    return cells;
  }

  // Whether the row is taken.
  bool apply(const std::string& cql, const std::vector<std::optional<CassandraCell>>& cells) {
    std::smatch found;
    if (std::regex_search(cql, found, std::regex("^INSERT INTO \"\\w+\"\\.\"(\\w+)\" \\((.*)\\) VALUES"))) {
      const std::vector<std::string> names = names_of(found[2]);
      std::map<std::string, std::optional<CassandraCell>> row;
      for (std::size_t i = 0; i < names.size(); ++i) row[names[i]] = cells[i];
      if (store_.refused.contains(std::string(row["customer_id"]->text()))) return false;
      FakeCassandra::Table& table = store_.tables[found[1]];
      FakeCassandra::Row& stored = table.rows[key_of(table, row)];
      if (const auto gone = table.deleted.find(key_of(table.partition, row)); gone != table.deleted.end())
        stored.deleted = std::max(stored.deleted, gone->second);
      for (const auto& [name, cell] : row)
        if (cell && cells.back()->integer() >= stored.cells[name].written)
          stored.cells[name] = {cells.back()->integer(), *cell};
      return true;
    }
    std::regex_search(cql, found,
                      std::regex("^DELETE FROM \"\\w+\"\\.\"(\\w+)\" USING TIMESTAMP \\? WHERE (.*)"));
    FakeCassandra::Table& table = store_.tables[found[1]];
    std::map<std::string, std::optional<CassandraCell>> row;
    const std::string conditions = found[2];
    const std::regex condition("(\\w+) = \\?");
    std::size_t i = 1;
    for (std::sregex_iterator one(conditions.begin(), conditions.end(), condition), end; one != end; ++one)
      row[(*one)[1]] = cells[i++];
    const bool is_one_row = row.size() == table.partition.size() + table.clustering.size();
    const std::string key = is_one_row ? key_of(table, row) : key_of(table.partition, row);
    const std::int64_t until = cells[0]->integer();
    if (!is_one_row) table.deleted[key] = std::max(table.deleted.emplace(key, until).first->second, until);
    if (is_one_row) table.rows[key];  // a row that is not there is deleted all the same
    for (auto& [one, stored] : table.rows)
      if (one == key || (!is_one_row && one.starts_with(key)))
        stored.deleted = std::max(stored.deleted, until);
    return true;
  }

  static std::string key_of(const std::vector<std::string>& columns,
                            const std::map<std::string, std::optional<CassandraCell>>& row) {
    std::string key;
    for (const std::string& column : columns) key += std::string(row.at(column)->text()) + '\0';
    return key;
  }
  static std::string key_of(const FakeCassandra::Table& table,
                            const std::map<std::string, std::optional<CassandraCell>>& row) {
    return key_of(table.partition, row) + key_of(table.clustering, row);
  }

  static std::vector<std::string> names_of(const std::string& list) {
    std::vector<std::string> names;
    const std::regex name("\"?([A-Za-z_0-9]+)\"?(?: \\w+)?");
    for (std::sregex_iterator one(list.begin(), list.end(), name), end; one != end; ++one)
      names.push_back((*one)[1]);
    return names;
  }

  void make(const std::string& name, const std::string& definition) {
    FakeCassandra::Table table;
    std::smatch found;
    const std::string columns = definition.substr(0, definition.find("PRIMARY KEY"));
    const std::regex column("\"?([A-Za-z_0-9]+)\"? (\\w+)");
    for (std::sregex_iterator one(columns.begin(), columns.end(), column), end; one != end; ++one)
      table.types[(*one)[1]] = (*one)[2];
    if (std::regex_search(definition, found, std::regex("PRIMARY KEY \\(\\(([^)]*)\\)([^)]*)\\)"))) {
      table.partition = names_of(found[1]);
      table.clustering = names_of(found[2]);
    }
    store_.tables[name] = table;
  }

  CassandraRows catalog(const std::string& name) const {
    CassandraRows rows;
    const auto table = store_.tables.find(name);
    if (table == store_.tables.end()) return rows;
    const auto place = [](const std::vector<std::string>& names, const std::string& one) {
      return std::find(names.begin(), names.end(), one) - names.begin();
    };
    for (const auto& [column, type] : table->second.types) {
      const auto in_partition = place(table->second.partition, column),
                 in_clustering = place(table->second.clustering, column);
      const bool is_partition = in_partition < static_cast<std::ptrdiff_t>(table->second.partition.size());
      const bool is_clustering = in_clustering < static_cast<std::ptrdiff_t>(table->second.clustering.size());
      const auto position = static_cast<char>(is_partition ? in_partition : in_clustering);
      rows.push_back({CassandraCell(column), CassandraCell(type),
                      CassandraCell(is_partition    ? "partition_key"
                                    : is_clustering ? "clustering"
                                                    : "regular"),
                      CassandraCell(std::string(1, position)),
                      CassandraCell(column == "event_time" ? "desc" : "asc")});
    }
    return rows;
  }

  // Of churn_meta, kept beside its columns.
  std::string& version_ref() { return store_.tables["the version"].types["is"]; }

  FakeCassandra& store_;
  std::vector<std::string> statements_;
};

}  // namespace churnstream
