#include "command/pipeline_look.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "command/outcomes_section.h"
#include "command/pipeline_build.h"
#include "pipeline/checkpoint_file.h"
#include "sink/folder_look.h"
#ifdef CHURNSTREAM_HAS_KAFKA
#include "command/kafka_look.h"
#endif

namespace churnstream {
namespace {

// Where the next run would begin, as far as the state folder knows.
Findings look_at_state(const PipelineFile& file) {
  Findings found;
  const Path state = file.run.path("state_dir");
  look_at_folder(state, MissingFolder::is_made, found);
  if (file.source_kind->has_group) return found;  // the group knows
  Checkpoint checkpoint;
  std::error_code ignored;
  if (std::filesystem::exists(state, ignored)) {
    const auto saved = CheckpointFile::open(state);
    if (!saved) {
      found.bad(saved.error());
      return found;
    }
    checkpoint = (*saved)->checkpoint();
  }
  if (checkpoint.next.empty())
    found.fine("Nothing was delivered yet: would start at the source's beginning.");
  for (const auto& [partition, next] : checkpoint.next)
    found.fine(fmt::format(
        "Everything before record {} of {}/{} is delivered: would go on there, or earlier where a "
        "sink remembers less.",
        number_of(next), partition.topic, partition.number));
  return found;
}

}  // namespace

Result<std::vector<PartLook>> look_at_pipeline(const PipelineFile& file,
                                               std::shared_ptr<const PipelineModel> model) {
  CHURNSTREAM_TRY_ASSIGN(const RunParts parts, build_pipeline(file, std::move(model), system_clock(), {}));
  Assignment wanted;
  wanted.columns = parts.lanes.front().decoder->schema();
  wanted.terms = parts.terms;
  wanted.shares_partitions = file.source_kind->has_group;
  std::vector<PartLook> looks;
  if (file.source_kind->look != nullptr) looks.push_back({"source", file.source_kind->look(file.source)});
  for (const SinkEntry& sink : file.sinks)
    if (sink.kind->look != nullptr)
      looks.push_back({fmt::format("sink \"{}\"", sink.name), sink.kind->look(sink.config, wanted)});
#ifdef CHURNSTREAM_HAS_KAFKA
  if (outcomes_come_from_topic(file)) looks.push_back({"outcomes", look_at_outcomes_topic(*file.outcomes)});
#endif
  if (file.refused_kind->look != nullptr)
    looks.push_back({"refused", file.refused_kind->look(file.refused, wanted)});
  looks.push_back({"state", look_at_state(file)});
  return looks;
}

std::string looks_text(const std::vector<PartLook>& looks) {
  std::string text;
  for (const PartLook& look : looks) {
    text += look.part + "\n";
    for (const Finding& finding : look.found) {
      const char* mark = finding.health == Health::fine  ? "ok"
                         : finding.health == Health::odd ? "note"
                                                         : "FAIL";
      text += fmt::format("  {:<4}  {}\n", mark, finding.text);
      if (!finding.remedy.empty()) text += fmt::format("        -> {}\n", finding.remedy);
    }
  }
  return text;
}

Result<void> verdict(const std::vector<PartLook>& looks) {
  std::size_t count = 0;
  Error error;
  for (const PartLook& look : looks)
    for (const Finding& finding : look.found) {
      if (finding.health != Health::bad) continue;
      if (count++ == 0) error = {look.part + ": " + finding.text, finding.kind};
      if (finding.kind == ErrorKind::wrong) error.kind = ErrorKind::wrong;
    }
  if (count == 0) return {};
  if (count > 1) error.message += fmt::format(" And {} more.", count - 1);
  return tl::make_unexpected(std::move(error));
}

}  // namespace churnstream
