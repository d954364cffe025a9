#include "source/kafka_messages.h"

#include <algorithm>

#include "kafka/kafka_headers.h"

namespace churnstream {

void KafkaMessages::take(std::size_t rows_max, RawBatch& out) {
  const std::int32_t partition = messages_.front()->partition;
  taken_.clear();
  const auto left = std::stable_partition(messages_.begin(), messages_.end(), [&](const Message& message) {
    return message->partition == partition;
  });
  const auto end =
      std::min(left, messages_.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(
                                             rows_max, static_cast<std::size_t>(left - messages_.begin()))));
  taken_.assign(std::make_move_iterator(messages_.begin()), std::make_move_iterator(end));
  messages_.erase(messages_.begin(), end);

  // The bytes first, so that no view moves any more; then where each piece lies.
  struct Piece {
    std::size_t key = 0, headers = 0, end = 0;
  };
  std::string& storage = *out.storage;
  std::vector<Piece> pieces;
  pieces.reserve(taken_.size());
  std::size_t sum = 0;
  for (const Message& message : taken_) sum += message->len + message->key_len;
  storage.reserve(storage.size() + sum);
  for (const Message& message : taken_) {
    storage += bytes_of(message->payload, message->len);
    Piece piece{.key = storage.size()};
    storage += bytes_of(message->key, message->key_len);
    piece.headers = storage.size();
    append_headers(*message, storage);
    piece.end = storage.size();
    pieces.push_back(piece);
  }
  const std::string_view all = storage;
  std::size_t begin = 0;
  out.partition = {rd_kafka_topic_name(taken_.front()->rkt), partition};
  for (std::size_t index = 0; index < taken_.size(); ++index) {
    const rd_kafka_message_t& message = *taken_[index];
    const Piece& piece = pieces[index];
    RawRecord record;
    record.bytes = all.substr(begin, piece.key - begin);
    record.key = all.substr(piece.key, piece.headers - piece.key);
    record.headers = all.substr(piece.headers, piece.end - piece.headers);
    record.offset = Offset{message.offset};
    record.time_us = time_us_of(message);
    record.is_tombstone = message.payload == nullptr;
    out.records.push_back(record);
    begin = piece.end;
  }
  out.next = Offset{taken_.back()->offset + 1};
  out.has_own_times = true;
  taken_.clear();
}

void KafkaMessages::keep_only(const std::function<bool(std::int32_t partition)>& stays) {
  std::erase_if(messages_, [&](const Message& message) { return !stays(message->partition); });
}

}  // namespace churnstream
