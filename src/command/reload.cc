#include "command/reload.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/log.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;

constexpr auto kNoticedWithin = 200ms;
constexpr std::array<std::string_view, 8> kTakenAnew = {
    "run.log_level", "score.threshold", "score.band_medium", "score.band_high",
    "page.title",    "page.currency",   "ops.lag_max",       "ops.stall_max"};

std::string listed(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

}  // namespace

std::shared_ptr<const ScoreTerms> terms_with(const ScoreTerms& terms, const PipelineFile& file) {
  ScoreTerms changed = terms;
  changed.band_medium = file.score.number("band_medium");
  changed.band_high = file.score.number("band_high");
  changed.threshold = file.threshold.value_or(ScoreTerms().band_medium);
  return std::make_shared<const ScoreTerms>(std::move(changed));
}

void apply_log_level(const Config& run) {
  if (const auto level = log_level_of(run.text("log_level"))) set_log_level(*level);
}

Reload::Reload(const PipelineFile& file, std::shared_ptr<const ScoreTerms> terms, ReloadTargets targets)
    : file_(file), terms_(std::move(terms)), targets_(std::move(targets)) {}

void Reload::take_anew() {
  Result<PipelineFile> file = load_pipeline_file(file_.path);
  if (!file) return log_error("the pipeline stays as it was, its file is not right: " + file.error().message);
  std::vector<std::string> taken, later;
  for (const std::string& name : file_.file.differences(file->file))
    (std::find(kTakenAnew.begin(), kTakenAnew.end(), name) != kTakenAnew.end() ? taken : later)
        .push_back(name);
  apply_log_level(file->run);
  terms_ = terms_with(*terms_, *file);
  targets_.terms(terms_);
  if (targets_.page && file->page) targets_.page(*file->page);
  if (targets_.operations && file->operations) targets_.operations(*file->operations);
  log_info(taken.empty() ? fmt::format("{} was read again: nothing that can be taken now has changed",
                                       file_.path.string())
                         : fmt::format("{} was read again: {} taken", file_.path.string(), listed(taken)));
  if (!later.empty()) log_warn("these changes wait for the next start: " + listed(later));
  if (later.empty()) file_ = *std::move(file);
}

ReloadOnSignal::ReloadOnSignal(Reload reload)
    : reload_(std::move(reload)), thread_([this] {
        while (!ended_) {
          if (signal_.take()) reload_.take_anew();
          bell_.wait(kNoticedWithin);
        }
      }) {}

ReloadOnSignal::~ReloadOnSignal() {
  ended_ = true;
  bell_.ring();  // a run that has ended waits for nobody
  thread_.join();
}

}  // namespace churnstream
