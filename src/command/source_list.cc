#include "command/source_list.h"

#include <fmt/format.h>
#include <unistd.h>

#include "source/file_source.h"
#ifdef CHURNSTREAM_HAS_KAFKA
#include "command/kafka_look.h"
#include "source/kafka_source.h"
#endif
#include "source/stdin_source.h"

namespace churnstream {
namespace {

Result<std::unique_ptr<Source>> make_file(const Config& config, Clock& clock, const LaneWishes& wishes) {
  Config source = config;
  // The end of a file that is followed is where it ends now.
  if (wishes.until_end) source.set("follow", false);
  return make_file_source(source, clock);
}

Findings look_at_source_file(const Config& config) {
  Findings found;
  const Path path = config.path("path");
  std::error_code error;
  const std::uint64_t bytes = std::filesystem::file_size(path, error);
  if (error || ::access(path.c_str(), R_OK) != 0)
    found.bad(fmt::format("{} cannot be read: {}.", path.string(), error ? error.message() : errno_text()),
              "choose another path, or give this user the right to read it");
  else
    found.fine(fmt::format("{} is there, {} bytes.", path.string(), bytes));
  return found;
}

// At whole speed, and no further than the file goes now.
Result<std::unique_ptr<Source>> make_range_of_file(const Config& config, Clock& clock, OffsetRanges ranges) {
  Config source = config;
  source.set("follow", false);
  source.set("rate", 0.0);
  CHURNSTREAM_TRY_ASSIGN(auto file, make_file_source(source, clock));
  return make_file_range(std::move(file), std::move(ranges));
}

Result<std::unique_ptr<Source>> make_stdin(const Config& config, Clock& clock, const LaneWishes&) {
  return make_stdin_source(config, clock);
}

#ifdef CHURNSTREAM_HAS_KAFKA
Result<std::unique_ptr<Source>> make_kafka(const Config& config, Clock& clock, const LaneWishes& wishes) {
  return make_kafka_source(config, clock, wishes.member, wishes.until_end, wishes.transactional);
}

Result<std::unique_ptr<Source>> make_range_of_topic(const Config& config, Clock&, OffsetRanges ranges) {
  return make_kafka_range(config, std::move(ranges));
}
#endif

}  // namespace

const std::vector<SourceKind>& all_source_kinds() {
  static const std::vector<SourceKind> kKinds = {
      {"file", file_source_options, make_file, "lines of a file, in order: one partition, so one lane", true,
       false, false, look_at_source_file, ranges_of_file, make_range_of_file},
      {"stdin", stdin_source_options, make_stdin,
       "lines of standard input: one partition, so one lane; what was read cannot be read again after a "
       "crash",
       true, false, false, nullptr, nullptr, nullptr},
#ifdef CHURNSTREAM_HAS_KAFKA
      {"kafka", kafka_source_options, make_kafka,
       "records of a topic, its partitions shared by the lanes of every process of the group", false, true,
       true, look_at_kafka_source, ranges_of_topic, make_range_of_topic},
#endif
  };
  return kKinds;
}

const SourceKind* find_source_kind(const std::string& type) {
  for (const SourceKind& kind : all_source_kinds())
    if (kind.type == type) return &kind;
  return nullptr;
}

const std::vector<std::string>& source_types_not_built() {
  static const std::vector<std::string> kTypes = {
#ifndef CHURNSTREAM_HAS_KAFKA
      "kafka",
#endif
      "generator"};
  return kTypes;
}

}  // namespace churnstream
