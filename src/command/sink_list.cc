#include "command/sink_list.h"

#include "command/report_stores.h"
#include "sink/console_sink.h"
#include "sink/file_forget.h"
#include "sink/file_sink.h"
#include "sink/folder_look.h"
#ifdef CHURNSTREAM_HAS_CASSANDRA
#include "sink/cassandra_forget.h"
#include "sink/cassandra_look.h"
#include "sink/cassandra_sink.h"
#endif
#ifdef CHURNSTREAM_HAS_DUCKDB
#include "sink/parquet_sink.h"
#endif
#ifdef CHURNSTREAM_HAS_KAFKA
#include "command/kafka_look.h"
#include "sink/kafka_forget.h"
#include "sink/kafka_sink.h"
#endif
#ifdef CHURNSTREAM_HAS_POSTGRES
#include "sink/postgres_forget.h"
#include "sink/postgres_history.h"
#include "sink/postgres_look.h"
#include "sink/postgres_outcomes.h"
#include "sink/postgres_sink.h"
#endif
#ifdef CHURNSTREAM_HAS_REDIS
#include "sink/redis_forget.h"
#include "sink/redis_look.h"
#include "sink/redis_sink.h"
#endif
#ifdef CHURNSTREAM_HAS_SNOWFLAKE
#include "sink/snowflake_forget.h"
#include "sink/snowflake_look.h"
#include "sink/snowflake_sink.h"
#endif
#ifdef CHURNSTREAM_HAS_SQLITE
#include "sink/sqlite_forget.h"
#include "sink/sqlite_history.h"
#include "sink/sqlite_look.h"
#include "sink/sqlite_outcomes.h"
#include "sink/sqlite_sink.h"
#endif

namespace churnstream {
namespace {

// A look by settings, unless the section says something that cannot be.
template <typename Settings, typename Look>
[[maybe_unused]] Findings look_by(const Result<Settings>& settings, const Assignment& wanted, Look look) {
  if (settings) return look(*settings, wanted);
  Findings found;
  found.bad(settings.error());
  return found;
}

Findings look_at_file(const Config& config, const Assignment&) {
  return look_at_file_place(config.path("path"));
}

Result<Erasure> forget_in_file_of(const Config& config, const ErasureWishes& wishes) {
  const FileFormat format = config.text("format") == "csv" ? FileFormat::csv : FileFormat::jsonl;
  return forget_in_file(config.path("path"), format, wishes);
}

#ifdef CHURNSTREAM_HAS_DUCKDB
Findings look_at_files(const Config& config, const Assignment&) {
  Findings found;
  look_at_folder(config.path("path"), MissingFolder::is_made, found);
  return found;
}

Result<Erasure> forget_in_closed_files(const Config& config, const ErasureWishes& wishes) {
  CHURNSTREAM_TRY_ASSIGN(const RolledSettings settings, rolled_settings_of(config));
  return forget_in_folder(settings, wishes);
}
#endif

#ifdef CHURNSTREAM_HAS_POSTGRES
Result<std::unique_ptr<History>> postgres_history(const Config& config, const std::string& value_column) {
  CHURNSTREAM_TRY_ASSIGN(PostgresSettings settings, postgres_settings_of(config));
  return open_postgres_history(std::move(settings), value_column);
}

Findings look_at_postgres_store(const Config& config, const Assignment& wanted) {
  return look_by(postgres_settings_of(config), wanted, look_at_postgres);
}

Result<std::unique_ptr<Sink>> backfill_postgres(const Config& config, RowsThere there) {
  CHURNSTREAM_TRY_ASSIGN(PostgresSettings settings, postgres_settings_of(config));
  return make_postgres_backfill(std::move(settings), there);
}

Result<Erasure> forget_in_postgres_store(const Config& config, const ErasureWishes& wishes) {
  CHURNSTREAM_TRY_ASSIGN(PostgresSettings settings, postgres_settings_of(config));
  return forget_in_postgres(std::move(settings), wishes);
}

Result<OutcomesKept> keep_in_postgres_store(const Config& config, const std::vector<KnownOutcome>& outcomes) {
  CHURNSTREAM_TRY_ASSIGN(PostgresSettings settings, postgres_settings_of(config));
  return keep_in_postgres(std::move(settings), outcomes);
}
#endif

#ifdef CHURNSTREAM_HAS_SNOWFLAKE
Findings look_at_snowflake_store(const Config& config, const Assignment& wanted) {
  return look_by(snowflake_settings_of(config), wanted, look_at_snowflake);
}

Result<std::unique_ptr<Sink>> backfill_snowflake(const Config& config, RowsThere there) {
  CHURNSTREAM_TRY_ASSIGN(SnowflakeSettings settings, snowflake_settings_of(config));
  return make_snowflake_backfill(std::move(settings), there);
}

Result<Erasure> forget_in_snowflake_store(const Config& config, const ErasureWishes& wishes) {
  CHURNSTREAM_TRY_ASSIGN(SnowflakeSettings settings, snowflake_settings_of(config));
  return forget_in_snowflake(std::move(settings), wishes);
}
#endif

#ifdef CHURNSTREAM_HAS_CASSANDRA
Findings look_at_cassandra_store(const Config& config, const Assignment& wanted) {
  return look_by(cassandra_settings_of(config), wanted,
                 [](const CassandraSettings& settings, const Assignment& needed) {
                   return look_at_cassandra(settings, needed);
                 });
}

Result<std::unique_ptr<Sink>> backfill_cassandra(const Config& config, RowsThere there) {
  CHURNSTREAM_TRY_ASSIGN(CassandraSettings settings, cassandra_settings_of(config));
  return make_cassandra_backfill(std::move(settings), there);
}

Result<Erasure> forget_in_cassandra_store(const Config& config, const ErasureWishes& wishes) {
  CHURNSTREAM_TRY_ASSIGN(const CassandraSettings settings, cassandra_settings_of(config));
  return forget_in_cassandra(settings, wishes);
}
#endif

#ifdef CHURNSTREAM_HAS_SQLITE
Result<std::unique_ptr<History>> sqlite_history(const Config& config, const std::string& value_column) {
  return open_sqlite_history(config.path("path"), value_column);
}

Findings look_at_sqlite_store(const Config& config, const Assignment& wanted) {
  return look_by(sqlite_settings_of(config), wanted, look_at_sqlite);
}

Result<std::unique_ptr<Sink>> backfill_sqlite(const Config& config, RowsThere there) {
  CHURNSTREAM_TRY_ASSIGN(SqliteSettings settings, sqlite_settings_of(config));
  return make_sqlite_backfill(std::move(settings), there);
}

Result<Erasure> forget_in_sqlite_store(const Config& config, const ErasureWishes& wishes) {
  return forget_in_sqlite(config.path("path"), wishes);
}

Result<OutcomesKept> keep_in_sqlite_store(const Config& config, const std::vector<KnownOutcome>& outcomes) {
  return keep_in_sqlite(config.path("path"), outcomes);
}
#endif

#ifdef CHURNSTREAM_HAS_KAFKA
Result<std::unique_ptr<TransactionalSink>> make_kafka_transactional(const Config& config,
                                                                    const TransactionWishes& wishes) {
  return make_kafka_transactional_sink(config, wishes.group, wishes.refused);
}
#endif

}  // namespace

const std::vector<SinkKind>& all_sink_kinds() {
  static const std::vector<SinkKind> kKinds = {
      {"console", console_options, make_console_sink, "at least once: after a crash rows may be shown again",
       true, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr},
      {"file", file_sink_options, make_file_sink,
       "exactly once: a note beside the file says how much of it counts", true, nullptr, nullptr,
       look_at_file, nullptr, forget_in_file_of, nullptr},
#ifdef CHURNSTREAM_HAS_DUCKDB
      {"parquet", parquet_sink_options, make_parquet_sink,
       "exactly once: durable rows become closed files, and a manifest says which count", true, nullptr,
       nullptr, look_at_files, nullptr, forget_in_closed_files, nullptr},
#endif
#ifdef CHURNSTREAM_HAS_SQLITE
      {"sqlite", sqlite_options, make_sqlite_sink, "exactly once: rows and positions in the same transaction",
       true, nullptr, sqlite_history, look_at_sqlite_store, backfill_sqlite, forget_in_sqlite_store, nullptr,
       keep_in_sqlite_store},
#endif
#ifdef CHURNSTREAM_HAS_POSTGRES
      {"postgres", postgres_options, make_postgres_sink,
       "exactly once: rows and positions in the same transaction", false, nullptr, postgres_history,
       look_at_postgres_store, backfill_postgres, forget_in_postgres_store, postgres_report_store,
       keep_in_postgres_store},
#endif
#ifdef CHURNSTREAM_HAS_SNOWFLAKE
      {"snowflake", snowflake_options, make_snowflake_sink,
       "streaming: exactly once, the source's offset is the channel's token; merge: effectively once, the "
       "same rows "
       "again change nothing",
       false, nullptr, nullptr, look_at_snowflake_store, backfill_snowflake, forget_in_snowflake_store,
       snowflake_report_store},
#endif
#ifdef CHURNSTREAM_HAS_CASSANDRA
      {"cassandra", cassandra_options, make_cassandra_sink,
       "effectively once: the same row is the same upsert, and an older one never overwrites a newer one",
       false, nullptr, nullptr, look_at_cassandra_store, backfill_cassandra, forget_in_cassandra_store,
       nullptr},
#endif
#ifdef CHURNSTREAM_HAS_REDIS
      {"redis", redis_options, make_redis_sink,
       "exactly once: rows and positions by one script; as durable as the server's append-only file", false,
       nullptr, nullptr, look_at_redis, nullptr, forget_in_redis, nullptr},
#endif
#ifdef CHURNSTREAM_HAS_KAFKA
      {"kafka", kafka_sink_options, make_kafka_sink,
       "exactly once behind a Kafka source: rows and offsets in the same transaction; else at least once",
       false, make_kafka_transactional, nullptr, look_at_kafka_topic, nullptr, forget_in_topic, nullptr},
#endif
  };
  return kKinds;
}

const SinkKind* find_sink_kind(const std::string& type) {
  for (const SinkKind& kind : all_sink_kinds())
    if (kind.type == type) return &kind;
  return nullptr;
}

const std::vector<std::string>& sink_types_not_built() {
  static const std::vector<std::string> kTypes = {
#ifndef CHURNSTREAM_HAS_KAFKA
      "kafka",
#endif
#ifndef CHURNSTREAM_HAS_POSTGRES
      "postgres",
#endif
#ifndef CHURNSTREAM_HAS_CASSANDRA
      "cassandra",
#endif
#ifndef CHURNSTREAM_HAS_SNOWFLAKE
      "snowflake",
#endif
#ifndef CHURNSTREAM_HAS_REDIS
      "redis",
#endif
#ifndef CHURNSTREAM_HAS_DUCKDB
      "parquet",
#endif
#ifndef CHURNSTREAM_HAS_SQLITE
      "sqlite",
#endif
  };
  return kTypes;
}

}  // namespace churnstream
