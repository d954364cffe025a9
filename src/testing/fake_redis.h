// A Redis in memory, as far as the sink's own commands go: hashes, streams by offset, and what its script
// does to a batch (sink/redis_script.h), told in C++. Connections share it; one thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "sink/redis_connection.h"

namespace churnstream {

struct FakeRedis {
  using Hash = std::map<std::string, std::string>;
  std::map<std::string, Hash> hashes;                                  // by key
  std::map<std::string, std::map<std::int64_t, std::string>> streams;  // records by offset
  std::vector<RedisError> next_batches;  // what the next batches answer instead of being written
  bool loses_next_answer = false;
  bool knows_script = false;
  int connections = 0;
};

class FakeRedisConnection : public RedisConnection {
 public:
  using Answer = tl::expected<RedisAnswer, RedisError>;
  explicit FakeRedisConnection(FakeRedis& store) : RedisConnection("in memory"), store_(store) {
    ++store.connections;
  }

  Answer ask(const std::vector<std::string_view>& words) override {
    if (words[0] == "SCRIPT") {
      store_.knows_script = true;
      return RedisAnswer{"digest", {}};
    }
    if (words[0] == "EVALSHA") return batch({words.begin(), words.end()});
    FakeRedis::Hash& hash = store_.hashes[std::string(words[1])];
    if (words[0] == "HSETNX") hash.emplace(words[2], words[3]);
    if (words[0] == "HGET") return RedisAnswer{hash[std::string(words[2])], {}};
    RedisAnswer answer;
    if (words[0] == "HGETALL")
      for (const auto& [field, value] : hash)
        answer.items.insert(answer.items.end(), {{field, {}}, {value, {}}});
    return answer;
  }

 private:
  static Answer no(std::string words, RedisTrouble trouble = RedisTrouble::broken) {
    return tl::make_unexpected(RedisError{trouble, std::move(words)});
  }

  Answer batch(const std::vector<std::string>& words) {
    if (!store_.knows_script) return no("NOSCRIPT No matching script");
    if (!store_.next_batches.empty()) {
      const RedisError error = store_.next_batches.front();
      store_.next_batches.erase(store_.next_batches.begin());
      return tl::make_unexpected(error);
    }
    FakeRedis::Hash& positions = store_.hashes[words[3]];
    const std::string &field = words[5], &known = words[6], &identity = words[8];
    std::int64_t position = 0;
    std::string stored_identity;
    if (const auto stored = positions.find(field); stored != positions.end()) {
      position = std::stoll(stored->second);
      stored_identity = stored->second.substr(stored->second.find(' ') + 1);
    }
    if (!known.empty() && position < std::stoll(known)) return no("LOST " + std::to_string(position));
    if (words[9] == "1" && !stored_identity.empty() && !identity.empty() && stored_identity != identity)
      return no("ANEW " + words[10]);
    for (std::size_t i = 13; i < words.size(); i += 4)
      if (std::stoll(words[i]) >= position) take(words, i);
    if (std::stoll(words[7]) >= position) positions[field] = words[7] + " " + identity;
    if (!store_.loses_next_answer) return RedisAnswer{"1", {}};
    store_.loses_next_answer = false;
    return no("the answer was lost", RedisTrouble::unknown);
  }

  // A row or a tombstone, which is four words.
  void take(const std::vector<std::string>& words, std::size_t at) {
    const std::string &offset = words[at], &key = words[at + 1], &time = words[at + 2],
                      &record = words[at + 3];
    if (!record.empty()) store_.streams[words[4]].emplace(std::stoll(offset), record);
    const auto place = [](const FakeRedis::Hash& hash) {
      return std::tuple(hash.at("time"), hash.at("topic"), std::stoll(hash.at("partition")),
                        std::stoll(hash.at("offset")));
    };
    const FakeRedis::Hash now{{"record", record},
                              {"time", time},
                              {"topic", words[10]},
                              {"partition", words[11]},
                              {"offset", offset}};
    const auto was = store_.hashes.find(key);
    if (was != store_.hashes.end() && place(was->second) > place(now)) return;
    store_.hashes.erase(key);
    if (!record.empty()) store_.hashes[key] = now;
  }

  FakeRedis& store_;
};

}  // namespace churnstream
