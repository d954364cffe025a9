#include "sink/redis_connection.h"

#include <fmt/format.h>
#include <hiredis/hiredis.h>

namespace churnstream {
namespace {

timeval timeval_of(std::chrono::milliseconds span) {
  return {span.count() / 1'000, (span.count() % 1'000) * 1'000};
}

// The first word of an error says what it is (Redis' error prefixes). These pass by themselves.
RedisTrouble trouble_of(std::string_view words) {
  for (const std::string_view passing : {"OOM", "LOADING", "BUSY", "MISCONF", "READONLY", "MASTERDOWN",
                                         "NOREPLICAS", "TRYAGAIN", "CLUSTERDOWN"})
    if (words.starts_with(passing)) return RedisTrouble::passing;
  return RedisTrouble::broken;
}

RedisAnswer answer_of(const redisReply& reply) {
  RedisAnswer answer;
  if (reply.type == REDIS_REPLY_INTEGER)
    answer.text = std::to_string(reply.integer);
  else if (reply.str != nullptr)
    answer.text.assign(reply.str, reply.len);
  for (std::size_t item = 0; item < reply.elements; ++item)
    answer.items.push_back(answer_of(*reply.element[item]));
  return answer;
}

class HiredisConnection : public RedisConnection {
 public:
  HiredisConnection(redisContext* context, std::string place)
      : RedisConnection(std::move(place)), context_(context) {}
  ~HiredisConnection() override { redisFree(context_); }

  tl::expected<RedisAnswer, RedisError> ask(const std::vector<std::string_view>& words) override {
    std::vector<const char*> texts;
    std::vector<std::size_t> lengths;
    for (const std::string_view word : words) {
      texts.push_back(word.data());
      lengths.push_back(word.size());
    }
    const auto free = [](redisReply* reply) { freeReplyObject(reply); };
    const std::unique_ptr<redisReply, decltype(free)> reply(
        static_cast<redisReply*>(
            redisCommandArgv(context_, static_cast<int>(words.size()), texts.data(), lengths.data())),
        free);
    if (!reply) return tl::make_unexpected(RedisError{RedisTrouble::unknown, context_->errstr});
    if (reply->type != REDIS_REPLY_ERROR) return answer_of(*reply);
    std::string message(reply->str, reply->len);
    const RedisTrouble trouble = trouble_of(message);
    return tl::make_unexpected(RedisError{trouble, std::move(message)});
  }

 private:
  redisContext* context_;
};

}  // namespace

Result<std::unique_ptr<RedisConnection>> RedisConnection::connect(const RedisSettings& settings) {
  const std::string place = fmt::format("{}:{}", settings.host, settings.port);
  const timeval patience = timeval_of(settings.timeout);
  redisContext* context = redisConnectWithTimeout(settings.host.c_str(), settings.port, patience);
  insist(context != nullptr, "there is memory for a connection");
  std::unique_ptr<RedisConnection> connection = std::make_unique<HiredisConnection>(context, place);
  if (context->err != 0) return failed("connecting to Redis", place, context->errstr);
  redisSetTimeout(context, patience);
  const auto greet = [&](const std::vector<std::string_view>& words) -> Result<void> {
    const auto answer = connection->ask(words);
    if (answer) return {};
    if (answer.error().trouble != RedisTrouble::broken)
      return failed("connecting to Redis", place, answer.error().message);
    return wrong("connecting to Redis", place, answer.error().message,
                 "look at username, password and database");
  };
  if (!settings.username.empty())
    CHURNSTREAM_TRY(greet({"AUTH", settings.username, settings.password}));
  else if (!settings.password.empty())
    CHURNSTREAM_TRY(greet({"AUTH", settings.password}));
  CHURNSTREAM_TRY(greet({"SELECT", std::to_string(settings.database)}));
  return connection;
}

}  // namespace churnstream
