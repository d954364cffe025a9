#include "sink/cassandra_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "base/sql_text.h"

namespace churnstream {
namespace {

constexpr int kReplicasByDefault = 3;
// With a time to live, files of one window go as a whole; some twenty to thirty windows are what a node looks
// through.
constexpr int kWindows = 25;

struct ColumnThere {
  std::string type, kind;
  std::int64_t position = 0;
  bool is_descending = false;
};
using ColumnsThere = std::map<std::string, ColumnThere>;

tl::unexpected<Error> differs(const CassandraSettings& settings, const std::string& what,
                              const char* hint = "use another keyspace, or move these tables away") {
  return wrong("opening the store", "keyspace " + settings.keyspace, what, hint);
}

// The catalog and our own tables, with errors as opening has them.
class Catalog {
 public:
  Catalog(CassandraSession& session, const CassandraSettings& settings)
      : session_(session), settings_(settings) {}

  Result<CassandraRows> ask(const std::string& cql) {
    auto rows = session_.ask(cql);
    if (!rows) return cassandra_opening_failed(settings_, rows.error());
    return *std::move(rows);
  }

  // Nothing where there is no such table.
  Result<ColumnsThere> columns_of(std::string_view table) {
    CHURNSTREAM_TRY_ASSIGN(
        const CassandraRows rows,
        ask(fmt::format(
            "SELECT column_name, type, kind, position, clustering_order FROM system_schema.columns"
            " WHERE keyspace_name = {} AND table_name = {}",
            sql_text(settings_.keyspace), sql_text(table))));
    ColumnsThere columns;
    for (const auto& row : rows)
      columns[std::string(row[0].text())] = {std::string(row[1].text()), std::string(row[2].text()),
                                             row[3].integer(), row[4].text() == "desc"};
    return columns;
  }

  // By datacenter; how many nodes each has.
  Result<std::map<std::string, int>> datacenters() {
    std::map<std::string, int> nodes;
    for (const char* table : {"system.local", "system.peers"}) {
      CHURNSTREAM_TRY_ASSIGN(const CassandraRows rows, ask(fmt::format("SELECT data_center FROM {}", table)));
      for (const auto& row : rows) ++nodes[std::string(row[0].text())];
    }
    return nodes;
  }

 private:
  CassandraSession& session_;
  const CassandraSettings& settings_;
};

// The primary key as the table's maker would write it.
std::string key_of(const ColumnsThere& columns) {
  std::map<std::int64_t, std::string> partition, clustering;
  for (const auto& [name, column] : columns) {
    if (column.kind == "partition_key") partition[column.position] = name;
    if (column.kind == "clustering")
      clustering[column.position] = name + (column.is_descending ? " DESC" : "");
  }
  std::string key = "(";
  for (const auto& [position, name] : partition) key += (position == 0 ? "" : ", ") + name;
  key += ")";
  for (const auto& [position, name] : clustering) key += ", " + name;
  return key;
}

struct TablePlan {
  const char* name;
  std::string key;   // as key_of() says it
  std::string more;  // behind the columns
  bool has_month;
};

std::string expiry(const CassandraSettings& settings, const std::string& table) {
  const auto retention = settings.retention.find(table);
  if (retention == settings.retention.end()) return "";
  const long hours = std::max<long>(1, retention->second.count() / 3'600 / kWindows);
  return fmt::format(
      "default_time_to_live = {} AND compaction = {{'class': 'TimeWindowCompactionStrategy',"
      " 'compaction_window_unit': 'HOURS', 'compaction_window_size': {}}}",
      retention->second.count(), hours);
}

std::vector<TablePlan> plans(const CassandraSettings& settings) {
  std::vector<TablePlan> all;
  if (settings.has_scores) {
    const auto retention = settings.retention.find("churn_scores");
    all.push_back({"churn_scores", "(customer_id)",
                   retention == settings.retention.end()
                       ? ""
                       : fmt::format(" WITH default_time_to_live = {}", retention->second.count()),
                   false});
  }
  if (settings.has_events) {
    const std::string expires = expiry(settings, "churn_events");
    all.push_back({"churn_events",
                   "(customer_id, month), event_time DESC, source_topic, source_partition, source_offset",
                   " WITH CLUSTERING ORDER BY (event_time DESC, source_topic ASC, source_partition ASC,"
                   " source_offset ASC)" +
                       (expires.empty() ? "" : " AND " + expires),
                   true});
  }
  return all;
}

Result<void> make_keyspace(Catalog& catalog, const CassandraSettings& settings) {
  CHURNSTREAM_TRY_ASSIGN(const auto nodes, catalog.datacenters());
  std::map<std::string, int> replicas = settings.replication;
  if (replicas.empty()) {
    const std::string datacenter =
        settings.local_datacenter.empty() ? nodes.begin()->first : settings.local_datacenter;
    replicas[datacenter] = std::min(kReplicasByDefault, nodes.at(datacenter));
  }
  std::string list;
  for (const auto& [datacenter, count] : replicas)
    list += fmt::format(", {}: {}", sql_text(datacenter), count);
  CHURNSTREAM_TRY(catalog.ask(fmt::format(
      "CREATE KEYSPACE IF NOT EXISTS {} WITH replication = {{'class': 'NetworkTopologyStrategy'{}}}",
      sql_name(settings.keyspace), list)));
  return {};
}

// The datacenter that is ours: known, or the only one.
Result<void> check_datacenter(Catalog& catalog, const CassandraSettings& settings) {
  CHURNSTREAM_TRY_ASSIGN(const auto nodes, catalog.datacenters());
  std::string names;
  for (const auto& [name, count] : nodes) names += (names.empty() ? "" : ", ") + name;
  if (settings.local_datacenter.empty() && nodes.size() > 1)
    return differs(settings, "the cluster has several datacenters: " + names,
                   "say which is yours with local_datacenter");
  if (!settings.local_datacenter.empty() && !nodes.contains(settings.local_datacenter))
    return differs(settings, fmt::format("there is no datacenter {}", settings.local_datacenter),
                   ("there is " + names).c_str());
  return {};
}

Result<void> make_tables(Catalog& catalog, const CassandraSettings& settings, const ScoredRecord& record) {
  CHURNSTREAM_TRY_ASSIGN(
      const CassandraRows keyspace,
      catalog.ask("SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = " +
                  sql_text(settings.keyspace)));
  if (keyspace.empty()) CHURNSTREAM_TRY(make_keyspace(catalog, settings));
  for (const TablePlan& plan : plans(settings)) {
    CHURNSTREAM_TRY_ASSIGN(const ColumnsThere there, catalog.columns_of(plan.name));
    if (!there.empty()) continue;
    std::string columns = plan.has_month ? fmt::format("{} int, ", kCassandraMonth) : "";
    for (const RecordColumn& column : record.columns())
      columns += fmt::format("{} {}, ", sql_name(column.name), cassandra_type(column.kind));
    const std::size_t descending = plan.key.find(" DESC");
    std::string key = plan.key;
    if (descending != std::string::npos) key.erase(descending, 5);
    CHURNSTREAM_TRY(catalog.ask(fmt::format("CREATE TABLE IF NOT EXISTS {} ({}PRIMARY KEY ({})){}",
                                            cassandra_table(settings, plan.name), columns, key, plan.more)));
  }
  CHURNSTREAM_TRY_ASSIGN(const ColumnsThere meta, catalog.columns_of("churn_meta"));
  const std::string name = cassandra_table(settings, "churn_meta");
  if (meta.empty())
    CHURNSTREAM_TRY(
        catalog.ask("CREATE TABLE IF NOT EXISTS " + name + " (key text PRIMARY KEY, value text)"));
  CHURNSTREAM_TRY_ASSIGN(const CassandraRows version, catalog.ask("SELECT value FROM " + name + " LIMIT 1"));
  // An old write time, so that of several writers none takes back what somebody else says later.
  if (version.empty())
    CHURNSTREAM_TRY(catalog.ask(
        fmt::format("INSERT INTO {} (key, value) VALUES ('format_version', '{}') USING TIMESTAMP 1", name,
                    kCassandraFormatVersion)));
  return {};
}

Result<void> check_version(Catalog& catalog, const CassandraSettings& settings) {
  CHURNSTREAM_TRY_ASSIGN(const CassandraRows rows,
                         catalog.ask("SELECT value FROM " + cassandra_table(settings, "churn_meta") +
                                     " WHERE key = 'format_version'"));
  const std::string found(rows.empty() ? std::string_view("none") : rows.front().front().text());
  if (found == std::to_string(kCassandraFormatVersion)) return {};
  return differs(settings, fmt::format("its format version is {}, this program knows {}", found,
                                       kCassandraFormatVersion));
}

// What differs, as sentences; and the columns that may be added.
struct Differences {
  std::string what;
  std::vector<std::string> missing;  // "name" type
  void note(const std::string& one) { what += (what.empty() ? "" : "; ") + one; }
};

Differences compare(const TablePlan& plan, ColumnsThere there, const CassandraSettings& settings,
                    const ScoredRecord& record) {
  Differences found;
  if (there.empty()) {
    found.note(fmt::format("there is no table {}", plan.name));
    return found;
  }
  if (key_of(there) != plan.key)
    found.note(fmt::format("{}'s key is {} and should be {}", plan.name, key_of(there), plan.key));
  const auto expect = [&](const std::string& column, const char* type, bool is_customers) {
    const auto is = there.find(column);
    if (is == there.end() && is_customers && settings.adds_columns)
      found.missing.push_back(sql_name(column) + " " + type);
    else if (is == there.end())
      found.note(fmt::format("{} has no column {}", plan.name, column));
    else if (is->second.type != type)
      found.note(fmt::format("{}.{} is {} and should be {}", plan.name, column, is->second.type, type));
    if (is != there.end()) there.erase(is);
  };
  if (plan.has_month) expect(kCassandraMonth, "int", false);
  for (std::size_t index = 0; index < record.columns().size(); ++index)
    expect(record.columns()[index].name, cassandra_type(record.columns()[index].kind),
           index >= own_record_columns().size());
  for (const auto& [column, is] : there)
    if (!settings.adds_columns)
      found.note(fmt::format("{} has a column {} that the rows do not", plan.name, column));
  return found;
}

// Of a keyspace that was there; one that the file says nothing about may be as it likes.
Result<void> check_replication(Catalog& catalog, const CassandraSettings& settings) {
  for (const auto& [datacenter, count] : settings.replication) {
    CHURNSTREAM_TRY_ASSIGN(const CassandraRows rows,
                           catalog.ask(fmt::format(
                               "SELECT replication[{}] FROM system_schema.keyspaces WHERE keyspace_name = {}",
                               sql_text(datacenter), sql_text(settings.keyspace))));
    const std::string is(rows.empty() ? std::string_view() : rows.front().front().text());
    if (is != std::to_string(count))
      return differs(settings,
                     fmt::format("it has {} replicas in {} and should have {}", is.empty() ? "no" : is,
                                 datacenter, count),
                     "change the option, or ALTER KEYSPACE and repair");
  }
  return {};
}

tl::unexpected<Error> not_heard_of(const CassandraSettings& settings, std::string_view table) {
  return failed("opening the store", "keyspace " + settings.keyspace,
                fmt::format("not every node has heard of {} yet", table));
}

Result<void> check_tables(Catalog& catalog, const CassandraSettings& settings, const ScoredRecord& record,
                          CassandraMissing missing, bool may_add) {
  const bool may_miss = missing == CassandraMissing::would_be_made;
  const bool was_made = missing == CassandraMissing::was_just_made;
  CHURNSTREAM_TRY_ASSIGN(const ColumnsThere meta, catalog.columns_of("churn_meta"));
  if (may_miss && meta.empty()) return {};
  if (was_made && meta.empty()) return not_heard_of(settings, "churn_meta");
  CHURNSTREAM_TRY(check_version(catalog, settings));
  CHURNSTREAM_TRY(check_replication(catalog, settings));
  std::string what;
  for (const TablePlan& plan : plans(settings)) {
    CHURNSTREAM_TRY_ASSIGN(const ColumnsThere there, catalog.columns_of(plan.name));
    if (may_miss && there.empty()) continue;
    if (was_made && there.empty()) return not_heard_of(settings, plan.name);
    const Differences found = compare(plan, there, settings, record);
    if (!found.what.empty()) what += (what.empty() ? "" : "; ") + found.what;
    for (const std::string& column : found.missing) {
      if (!may_add && !may_miss)
        what += fmt::format("{}{} has no column {}", what.empty() ? "" : "; ", plan.name, column);
      if (may_add && found.what.empty())
        CHURNSTREAM_TRY(catalog.ask(fmt::format("ALTER TABLE {} ADD IF NOT EXISTS {}",
                                                cassandra_table(settings, plan.name), column)));
    }
  }
  if (what.empty()) return {};
  return differs(settings, what,
                 settings.adds_columns ? "use another keyspace, or change these tables"
                                       : "use another keyspace, change these tables, or let new_columns = "
                                         "\"add\" do what it can");
}

Result<void> check_names(const ScoredRecord& record) {
  for (std::size_t index = own_record_columns().size(); index < record.columns().size(); ++index) {
    std::string name = record.columns()[index].name;
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char letter) { return std::tolower(letter); });
    if (name == kCassandraMonth)
      return wrong("laying out the tables, column", record.columns()[index].name,
                   "churn_events has a column of this name of its own in Cassandra",
                   "rename it in the data or choose [decode] columns without it");
  }
  return {};
}

}  // namespace

tl::unexpected<Error> cassandra_opening_failed(const CassandraSettings& settings,
                                               const CassandraFailure& failure) {
  const std::string place = "keyspace " + settings.keyspace;
  if (failure.trouble() != CassandraTrouble::broken)
    return failed("opening the store", place, failure.message);
  return wrong("opening the store", place, failure.message, "may this user make, read and write the tables?");
}

std::string cassandra_table(const CassandraSettings& settings, std::string_view table) {
  return sql_name(settings.keyspace) + "." + sql_name(table);
}

Result<void> make_or_check_cassandra_tables(CassandraSession& session, const CassandraSettings& settings,
                                            const ScoredRecord& record) {
  // One lane makes tables, the others find them: nodes do not like the same table made twice at once.
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  Catalog catalog(session, settings);
  CHURNSTREAM_TRY(check_names(record));
  CHURNSTREAM_TRY(check_datacenter(catalog, settings));
  CHURNSTREAM_TRY(make_tables(catalog, settings, record));
  return check_tables(catalog, settings, record, CassandraMissing::was_just_made, true);
}

Result<void> check_cassandra_tables(CassandraSession& session, const CassandraSettings& settings,
                                    const ScoredRecord& record, CassandraMissing missing) {
  Catalog catalog(session, settings);
  CHURNSTREAM_TRY(check_names(record));
  CHURNSTREAM_TRY(check_datacenter(catalog, settings));
  return check_tables(catalog, settings, record, missing, false);
}

Result<CassandraRows> ask_cassandra(CassandraSession& session, const CassandraSettings& settings,
                                    const std::string& cql) {
  return Catalog(session, settings).ask(cql);
}

Result<std::map<std::string, int>> cassandra_datacenters(CassandraSession& session,
                                                         const CassandraSettings& settings) {
  return Catalog(session, settings).datacenters();
}

Result<std::vector<std::string>> missing_cassandra_tables(CassandraSession& session,
                                                          const CassandraSettings& settings) {
  Catalog catalog(session, settings);
  std::vector<std::string> names{"churn_meta"}, missing;
  for (const TablePlan& plan : plans(settings)) names.push_back(plan.name);
  for (const std::string& name : names) {
    CHURNSTREAM_TRY_ASSIGN(const ColumnsThere there, catalog.columns_of(name));
    if (there.empty()) missing.push_back(name);
  }
  return missing;
}

}  // namespace churnstream
