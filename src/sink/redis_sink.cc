#include "sink/redis_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "sink/redis_positions.h"
#include "sink/redis_script.h"
#include "sink/scored_record.h"

namespace churnstream {
namespace {

constexpr const char* kFormatVersion = "1";

using Answer = tl::expected<RedisAnswer, RedisError>;

// Sixteen hexadecimal digits in the order of the times, those before 1970 too.
std::string sortable(EpochMicros time_us) {
  return fmt::format("{:016x}", static_cast<std::uint64_t>(time_us) ^ (std::uint64_t{1} << 63));
}

class RedisSink : public Sink {
 public:
  RedisSink(RedisSettings settings, OpenRedis open_connection)
      : settings_(std::move(settings)), open_connection_(std::move(open_connection)) {}
  ~RedisSink() override { close(); }

  Result<std::optional<Checkpoint>> open(const Assignment& assignment) override {
    close();
    CHURNSTREAM_TRY_ASSIGN(ScoredRecord record, ScoredRecord::make(*assignment.columns, *assignment.terms));
    record_ = std::make_unique<ScoredRecord>(std::move(record));
    shares_partitions_ = assignment.shares_partitions;
    CHURNSTREAM_TRY(connect());
    CHURNSTREAM_TRY(check_version());
    CHURNSTREAM_TRY_ASSIGN(known_, redis_positions(*connection_, settings_));
    return known_;
  }

  // TryAgain: there is no connection, or Redis said that it takes nothing now (out of memory, loading, a disk
  // that is full, a replica): nothing was written. Unknown: the answer did not come; the position stored with
  // the rows tells next time. RefusedRows: never, Redis takes any text. Broken: Redis has less than it had
  // (it lost rows that it said it had), the topic was made anew, or our rights are gone.
  WriteOutcome write(const ScoredBatch& rows, const Checkpoint& after) override {
    if (!connection_)
      if (const std::optional<WriteOutcome> problem = connect_again()) return *problem;
    for (const auto& [partition, next] : after.next) {
      const Answer done = write_partition(rows, partition, next, after);
      if (!done) return give_up(done.error(), partition);
      Offset& known = known_.next.try_emplace(partition, next).first->second;
      known = std::max(known, next);
    }
    return Delivered{};
  }

  void close() noexcept override { connection_.reset(); }

 private:
  std::string key(std::string_view name) const { return redis_key(settings_, name); }

  // The script is named by its digest, which Redis tells.
  Result<void> connect() {
    CHURNSTREAM_TRY_ASSIGN(connection_, open_connection_(settings_));
    const Answer loaded = connection_->ask({"SCRIPT", "LOAD", kRedisWriteBatch});
    if (loaded) {
      script_ = loaded->text;
      return {};
    }
    const std::string place = connection_->place();
    connection_.reset();
    const char* doing = "connecting to Redis";
    if (loaded.error().trouble == RedisTrouble::broken) return wrong(doing, place, loaded.error().message);
    return failed(doing, place, loaded.error().message);
  }

  Result<void> check_version() {
    const std::string meta = key("meta");
    Answer answer = connection_->ask({"HSETNX", meta, "format_version", kFormatVersion});
    if (answer) answer = connection_->ask({"HGET", meta, "format_version"});
    if (!answer) return failed("opening the store", connection_->place(), answer.error().message);
    if (answer->text == kFormatVersion) return {};
    return wrong("opening the store", connection_->place(),
                 fmt::format("its format version is {}, this program knows {}", answer->text, kFormatVersion),
                 "use another prefix");
  }

  std::optional<WriteOutcome> connect_again() {
    const Result<void> connected = connect();
    if (connected) return std::nullopt;
    if (connected.error().kind == ErrorKind::wrong) return Broken{connected.error()};
    return TryAgain{.reason = connected.error().message};
  }

  WriteOutcome give_up(const RedisError& error, const Partition& partition) {
    const std::string place = connection_->place();
    if (error.trouble == RedisTrouble::passing) return TryAgain{.reason = error.message};
    connection_.reset();
    if (error.trouble == RedisTrouble::unknown) return Unknown{error.message};
    if (error.message.starts_with("LOST "))
      return Broken{
          failed("writing to the store", place,
                 fmt::format("it lost rows: it stands at record {} of {}/{} and had everything before {}",
                             error.message.substr(5), partition.topic, partition.number,
                             number_of(known_.next.at(partition))),
                 "turn on appendonly with appendfsync always, and run again: it goes on from there")
              .value()};
    if (error.message.starts_with("ANEW "))
      return Broken{failed("writing to the store", place,
                           fmt::format("the topic {} was made anew, and its offsets are those of other rows",
                                       partition.topic),
                           "use another prefix, or delete the keys of this one")
                        .value()};
    return Broken{failed("writing to the store", place, error.message).value()};
  }

  Answer write_partition(const ScoredBatch& rows, const Partition& partition, Offset next,
                         const Checkpoint& after) {
    words_.clear();
    const auto known = known_.next.find(partition);
    const auto identity = after.identity.find(partition.topic);
    for (std::string& word : std::vector<std::string>{
             "EVALSHA", script_, "2", key("positions"),
             key(fmt::format("events:{}:{}", partition.topic, partition.number)),
             fmt::format("{} {}", partition.number, partition.topic),
             known == known_.next.end() ? "" : std::to_string(number_of(known->second)),
             std::to_string(number_of(next)), identity == after.identity.end() ? "" : identity->second,
             shares_partitions_ ? "1" : "0", partition.topic, std::to_string(partition.number),
             std::to_string(settings_.events_max)})
      words_.push_back(std::move(word));
    if (partition == rows.rows.extent().partition) add_rows(rows);
    Answer answer = connection_->ask({words_.begin(), words_.end()});
    // A server that was restarted has forgotten its scripts.
    if (answer || !answer.error().message.starts_with("NOSCRIPT")) return answer;
    const Answer loaded = connection_->ask({"SCRIPT", "LOAD", kRedisWriteBatch});
    if (!loaded) return loaded;
    return connection_->ask({words_.begin(), words_.end()});
  }

  void add_rows(const ScoredBatch& rows) {
    const Extent& extent = rows.rows.extent();
    const auto add = [&](Offset offset, std::string_view customer, EpochMicros time_us, std::string record) {
      words_.push_back(std::to_string(number_of(offset)));
      words_.push_back(key(fmt::format("score:{}", customer)));
      words_.push_back(sortable(time_us));
      words_.push_back(std::move(record));
      return true;
    };
    in_order(
        rows,
        [&](std::size_t row) {
          std::string record;
          record_->append_json(record, rows, row);
          return add(extent.offsets[row], rows.key(row), extent.event_times_us[row], std::move(record));
        },
        [&](std::size_t index) {
          const Tombstone& gone = rows.tombstones[index];
          return add(gone.offset, gone.key, gone.time_us, {});
        });
  }

  const RedisSettings settings_;
  const OpenRedis open_connection_;
  bool shares_partitions_ = false;
  std::unique_ptr<ScoredRecord> record_;
  std::unique_ptr<RedisConnection> connection_;
  std::string script_;
  Checkpoint known_;  // what Redis said it has
  std::vector<std::string> words_;
};

}  // namespace

Result<std::unique_ptr<Sink>> make_redis_sink(const Config& config) {
  return make_redis_sink(redis_settings_of(config));
}

std::unique_ptr<Sink> make_redis_sink(RedisSettings settings, OpenRedis open) {
  return std::make_unique<RedisSink>(std::move(settings), std::move(open));
}

}  // namespace churnstream
