// A keyspace of its own on a real server for tests, gone with everything in it in the end; sinks reach it
// through a proxy. CHURNSTREAM_CASSANDRA says where the server is: 127.0.0.1:PORT, without TLS or login.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "base/clock.h"
#include "base/sql_text.h"
#include "sink/cassandra_rows.h"
#include "sink/cassandra_schema.h"
#include "sink/cassandra_sink.h"
#include "testing/cut_proxy.h"
#include "testing/sink_contract.h"

namespace churnstream {

inline CassandraSettings cassandra_server() {
  const char* node = std::getenv("CHURNSTREAM_CASSANDRA");
  insist(node != nullptr, "CHURNSTREAM_CASSANDRA says where the server is");
  CassandraSettings settings;
  settings.nodes = {node};
  settings.timeout = std::chrono::seconds(5);
  return settings;
}

class CassandraPlace : public SinkPlace {
 public:
  explicit CassandraPlace(const std::string& compression = "none")
      : settings_(cassandra_server()),
        proxy_(std::stoi(settings_.nodes[0].substr(settings_.nodes[0].rfind(':') + 1))) {
    static int count = 0;
    settings_.keyspace = fmt::format("Test_{}", ++count);
    settings_.compression = compression;
    // The denylist belongs to the server, in three replicas of which one node has one.
    CassandraSettings direct = settings_;
    direct.consistency = "ONE";
    direct_ = *open_cassandra(direct);
    drop();
    settings_.nodes = {fmt::format("127.0.0.1:{}", proxy_.port())};
  }
  ~CassandraPlace() override { drop(); }

  std::unique_ptr<Sink> make_sink() override { return make_cassandra_sink(settings_); }
  std::vector<std::string> rows() override {
    return lines("SELECT source_offset, customer_id, probability, note, charges FROM {}", "churn_events",
                 [](const auto& row) {
                   const auto number = [](const CassandraCell& cell) {
                     return cell.is_null() ? std::string("NULL") : shortest(cell.number());
                   };
                   return fmt::format("{} {} {} {} {}", row[0].integer(), row[1].text(), number(row[2]),
                                      row[3].is_null() ? "NULL" : row[3].text(), number(row[4]));
                 });
  }
  std::vector<std::string> flags_and_times() override {
    return lines("SELECT source_offset, flagged, event_time FROM {}", "churn_events", [](const auto& row) {
      return fmt::format("{} {} {}", row[0].integer(), row[1].flag(), rfc3339(row[2].integer() * 1'000));
    });
  }
  std::vector<std::string> newest() override {
    return lines("SELECT customer_id, probability FROM {}", "churn_scores", [](const auto& row) {
      return fmt::format("{} {}", row[0].text(), shortest(row[1].number()));
    });
  }
  EpochMicros time_step_us() const override { return 1'000; }
  bool tombstones_last() const override { return true; }
  bool sends_again() const override { return true; }
  std::string reason_given(const std::string&) const override { return "denylist"; }
  bool keeps_newest() const override { return true; }
  // By the server's denylist of partitions, which it looks at once a second.
  bool refuse(const std::string& id, const std::string&) override {
    deny("churn_scores", hex(id));
    deny("churn_events", fmt::format("{:04x}{}000004{:08x}00", id.size(), hex(id), cassandra_month(0)));
    for (const std::string& question :
         {fmt::format("SELECT customer_id FROM {} WHERE customer_id = '{}'", table("churn_scores"), id),
          fmt::format("SELECT customer_id FROM {} WHERE customer_id = '{}' AND month = 197001",
                      table("churn_events"), id)})
      for (int i = 0; direct_->ask(question); ++i) {
        insist(i < 400, "the server reads its denylist within twenty seconds");
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
      }
    return true;
  }
  bool lose_next_answer() override {
    proxy_.lose_answer_to("abc123");  // the model, which is in every row
    return true;
  }
  bool add_column(const std::string& name) override {
    change("ALTER TABLE " + table("churn_scores") + " ADD " + name + " text");
    return true;
  }
  bool drop_column(const std::string& name) override {
    change("ALTER TABLE " + table("churn_events") + " DROP " + name);
    return true;
  }
  bool set_format_version(const std::string& version) override {
    change("UPDATE " + table("churn_meta") + " SET value = '" + version + "' WHERE key = 'format_version'");
    return true;
  }

  CassandraRows change(const std::string& cql) {
    const auto rows = direct_->ask(cql);
    EXPECT_TRUE(rows) << cql << ": " << (rows ? "" : rows.error().message);
    return rows ? *rows : CassandraRows();
  }
  std::string table(std::string_view name) const { return cassandra_table(settings_, name); }
  CassandraSettings& settings() { return settings_; }
  const CassandraSettings& settings() const { return settings_; }
  CutProxy& proxy() { return proxy_; }

 private:
  template <typename AsLine>
  std::vector<std::string> lines(const char* question, std::string_view name, AsLine as_line) {
    CassandraRows rows = change(fmt::format(fmt::runtime(question), table(name)));
    const bool by_number = name == "churn_events";
    std::sort(rows.begin(), rows.end(), [&](const auto& left, const auto& right) {
      return by_number ? left[0].integer() < right[0].integer() : left[0].text() < right[0].text();
    });
    std::vector<std::string> all;
    for (const auto& row : rows) all.push_back(as_line(row));
    return all;
  }
  static std::string hex(const std::string& bytes) {
    std::string text;
    for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    return text;
  }
  void deny(const char* name, const std::string& key) {
    change(
        fmt::format("INSERT INTO system_distributed.partition_denylist (ks_name, table_name, key) VALUES "
                    "('{}', '{}', 0x{})",
                    settings_.keyspace, name, key));
  }
  void drop() { change("DROP KEYSPACE IF EXISTS " + sql_name(settings_.keyspace)); }

  CassandraSettings settings_;
  CutProxy proxy_;
  std::unique_ptr<CassandraSession> direct_;
};

}  // namespace churnstream
