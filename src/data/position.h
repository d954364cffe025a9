// Where a row comes from and how far a stream has been delivered.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>

namespace churnstream {

// The number of a record in its partition. For files: the number of the physical record, header lines
// counted.
enum class Offset : std::int64_t {};
constexpr std::int64_t number_of(Offset offset) { return static_cast<std::int64_t>(offset); }
constexpr Offset after(Offset offset) { return Offset{number_of(offset) + 1}; }

// One ordered run of records. For files: the configured path and 0.
struct Partition {
  std::string topic;
  std::int32_t number = 0;
  auto operator<=>(const Partition&) const = default;
};

// How far each partition is safe: `next` is the first offset that is not. Moves only behind delivery, never
// past a hole.
struct Checkpoint {
  std::map<Partition, Offset> next;
  // What the partition was when this was written (a topic's id, a file's identity), so that a topic or file
  // made anew under the same name is noticed. By topic.
  std::map<std::string, std::string> identity;
  bool operator==(const Checkpoint&) const = default;
};

// The first offset of a partition that is not safe: 0 where nothing of it is known.
inline Offset next_in(const Checkpoint& checkpoint, const Partition& partition) {
  const auto place = checkpoint.next.find(partition);
  return place == checkpoint.next.end() ? Offset{0} : place->second;
}

// How far reading has come in one partition, and how far the partition goes.
struct PartitionLag {
  Partition partition;
  Offset start{};           // where reading began in this run
  Offset next{};            // the next record to be read
  Offset end{};             // behind the last record that is known to be there
  double lag_seconds = -1;  // how old the record read last was when it was read, 0 at the end; -1: not known
};

// For each partition the smaller of the two; a partition that only one knows is dropped, since the other is
// at nothing.
Checkpoint smaller_of(const Checkpoint& left, const Checkpoint& right);

}  // namespace churnstream
