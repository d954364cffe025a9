// What a running stream takes from its pipeline.toml anew on SIGHUP: the log's level, the threshold, the risk
// bands, the page's title, currency and certificate, and the limits of /readyz. A file that is not right
// changes nothing, and what would need a restart is named.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "command/pipeline_file.h"
#include "command/stop_signal.h"
#include "data/scored_batch.h"
#include "pipeline/bell.h"

namespace churnstream {

// Who gets what, each called on the thread of Reload.
struct ReloadTargets {
  std::function<void(const std::shared_ptr<const ScoreTerms>&)> terms;
  std::function<void(const Config& page)> page;              // empty: there is none
  std::function<void(const Config& operations)> operations;  // empty: there is none
};

// The terms with another file's threshold and bands.
std::shared_ptr<const ScoreTerms> terms_with(const ScoreTerms& terms, const PipelineFile& file);

// Reads the file again and hands out what has changed; says in the log what it did.
class Reload {
 public:
  Reload(const PipelineFile& file, std::shared_ptr<const ScoreTerms> terms, ReloadTargets targets);
  void take_anew();

 private:
  PipelineFile file_;
  std::shared_ptr<const ScoreTerms> terms_;
  const ReloadTargets targets_;
};

// Waits for the signal in a thread of its own for as long as it lives.
class ReloadOnSignal {
 public:
  explicit ReloadOnSignal(Reload reload);
  ~ReloadOnSignal();

 private:
  ReloadSignal signal_;
  Reload reload_;
  std::atomic<bool> ended_{false};
  Bell bell_;
  std::thread thread_;
};

// The options of [run] that are taken at once, here and at the start.
void apply_log_level(const Config& run);

}  // namespace churnstream
