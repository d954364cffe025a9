#include "pipeline/checkpoint_file.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "base/crc32.h"
#include "base/log.h"
#include "data/checkpoint_text.h"

namespace churnstream {
namespace {

// churnstream checkpoint 1 <generation> <crc, 8 hexadecimal digits, of generation, line end and the next
// line>
// {"identity":...,"next":...}
constexpr std::string_view kMark = "churnstream checkpoint 1 ";
constexpr std::uint64_t kBytesMax = 64 << 20;  // A million partitions would fit.

struct Generation {
  std::uint64_t number = 0;
  Checkpoint checkpoint;
};

std::uint32_t checksum(std::uint64_t generation, std::string_view body) {
  return crc32_of(fmt::format("{}\n{}", generation, body));
}

Path generation_path(const Path& folder, std::uint64_t generation) {
  return folder / (generation % 2 == 0 ? "checkpoint.0" : "checkpoint.1");
}

std::optional<Generation> parse(std::string_view bytes) {
  if (!bytes.starts_with(kMark) || !bytes.ends_with('\n')) return std::nullopt;
  bytes.remove_prefix(kMark.size());
  bytes.remove_suffix(1);
  const std::size_t line_end = bytes.find('\n');
  if (line_end == std::string_view::npos) return std::nullopt;
  const std::string_view head = bytes.substr(0, line_end), body = bytes.substr(line_end + 1);
  Generation generation;
  const char* const head_end = head.data() + head.size();
  const auto [behind, problem] = std::from_chars(head.data(), head_end, generation.number);
  if (problem != std::errc() ||
      std::string_view(behind, head_end) != fmt::format(" {:08x}", checksum(generation.number, body)))
    return std::nullopt;
  Result<Checkpoint> checkpoint = checkpoint_from_text(body);
  if (!checkpoint) return std::nullopt;
  generation.checkpoint = *std::move(checkpoint);
  return generation;
}

}  // namespace

Result<std::unique_ptr<CheckpointFile>> CheckpointFile::open(const Path& folder) {
  CHURNSTREAM_TRY(make_folders(folder));
  std::unique_ptr<CheckpointFile> file(new CheckpointFile(folder));
  std::size_t found = 0, whole = 0;
  for (const std::uint64_t slot : {0, 1}) {
    const Path path = generation_path(folder, slot);
    if (!std::filesystem::exists(path)) continue;
    ++found;
    CHURNSTREAM_TRY_ASSIGN(const std::string bytes, read_file(path, kBytesMax));
    std::optional<Generation> generation = parse(bytes);
    if (!generation) {
      log_warn(
          fmt::format("a checkpoint is damaged; the other generation is used instead: {}", path.string()));
      continue;
    }
    ++whole;
    if (generation->number < file->generation_) continue;
    file->generation_ = generation->number;
    file->checkpoint_ = std::move(generation->checkpoint);
  }
  if (found > 0 && whole == 0)
    return wrong("reading the checkpoint in", folder.string(), "both generations are damaged",
                 "remove them to start from the beginning; sinks that keep positions skip what they have");
  return file;
}

Checkpoint CheckpointFile::checkpoint() const {
  const std::lock_guard lock(mutex_);
  return checkpoint_;
}

Result<void> CheckpointFile::save(const Checkpoint& moved) {
  const std::lock_guard lock(mutex_);
  Checkpoint next = checkpoint_;
  for (const auto& [partition, offset] : moved.next) next.next[partition] = offset;
  for (const auto& [topic, identity] : moved.identity) next.identity[topic] = identity;
  const std::string body = checkpoint_as_text(next);
  const std::string bytes =
      fmt::format("{}{} {:08x}\n{}\n", kMark, generation_ + 1, checksum(generation_ + 1, body), body);
  CHURNSTREAM_TRY(write_file_atomically(generation_path(folder_, generation_ + 1), bytes));
  ++generation_;
  checkpoint_ = std::move(next);
  return {};
}

}  // namespace churnstream
