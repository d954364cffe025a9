#include "sink/redis_forget.h"

#include "base/json_text.h"
#include "sink/redis_connection.h"
#include "sink/redis_positions.h"

namespace churnstream {
namespace {

constexpr const char* kEventsAtATime = "1000";

class Forget {
 public:
  Forget(RedisConnection& connection, const RedisSettings& settings, const ErasureWishes& wishes)
      : connection_(connection), settings_(settings), wishes_(wishes) {
    begin_ = "{\"customer_id\":";  // of each of their records
    append_json_text(begin_, wishes.customer);
    begin_ += ',';
  }

  Result<Erasure> all() {
    Erasure erasure;
    const std::string key = redis_key(settings_, "score:" + wishes_.customer);
    CHURNSTREAM_TRY_ASSIGN(const RedisAnswer scores, ask({wishes_.is_dry_run ? "EXISTS" : "DEL", key}));
    erasure.parts.push_back({key, scores.text == "1" ? 1u : 0u});
    CHURNSTREAM_TRY_ASSIGN(const Checkpoint positions, redis_positions(connection_, settings_));
    for (const auto& [partition, next] : positions.next) {
      const std::string stream =
          redis_key(settings_, "events:" + partition.topic + ":" + std::to_string(partition.number));
      CHURNSTREAM_TRY_ASSIGN(const std::uint64_t count, in_stream(stream));
      erasure.parts.push_back({stream, count});
    }
    return erasure;
  }

 private:
  Result<RedisAnswer> ask(const std::vector<std::string_view>& words) {
    auto answer = connection_.ask(words);
    if (!answer) return failed("forgetting in Redis", connection_.place(), answer.error().message);
    return *std::move(answer);
  }

  Result<std::uint64_t> in_stream(const std::string& stream) {
    std::uint64_t count = 0;
    std::string from = "-";
    for (;;) {
      CHURNSTREAM_TRY_ASSIGN(const RedisAnswer events,
                             ask({"XRANGE", stream, from, "+", "COUNT", kEventsAtATime}));
      if (events.items.empty()) return count;
      for (const RedisAnswer& event : events.items) {
        const bool is_theirs = event.items.size() == 2 && event.items[1].items.size() == 2 &&
                               event.items[1].items[1].text.starts_with(begin_);
        if (!is_theirs) continue;
        ++count;
        if (!wishes_.is_dry_run) CHURNSTREAM_TRY(ask({"XDEL", stream, event.items[0].text}));
      }
      from = "(" + events.items.back().items.at(0).text;
    }
  }

  RedisConnection& connection_;
  const RedisSettings& settings_;
  const ErasureWishes& wishes_;
  std::string begin_;
};

}  // namespace

Result<Erasure> forget_in_redis(const Config& config, const ErasureWishes& wishes) {
  const RedisSettings settings = redis_settings_of(config);
  CHURNSTREAM_TRY_ASSIGN(const auto connection, RedisConnection::connect(settings));
  return Forget(*connection, settings, wishes).all();
}

}  // namespace churnstream
