// One run of a stream from its pipeline.toml: locks the state folder, loads the model, starts the page,
// walks, and says how it ended. What `run` and `demo` share. One thread calls it.
#pragma once

#include <atomic>
#include <functional>
#include <vector>

#include "base/clock.h"
#include "command/pipeline_file.h"
#include "data/history.h"
#include "model/pipeline_model.h"
#include "watch/run_progress.h"

namespace churnstream {

struct StreamWishes {
  bool until_end = false;
  std::chrono::nanoseconds progress_every{0};  // a JSON line on standard error; 0: none
  std::vector<Observer*> observers;            // besides the progress; outlive the run
  // Told once the page is up, with its address; may be empty.
  std::function<void(const std::string& address)> page_is_up;
  // Called when the walk is over while the page is still up; may be empty.
  std::function<void(const ProgressReport& last)> walk_is_over;
};

// How a run ended: the account and the positions behind which everything is safe.
struct StreamEnd {
  Account account;
  Checkpoint positions;
};

// Until the end of the source (until_end), a stop, or an error. `progress` outlives the run.
Result<StreamEnd> run_stream(const PipelineFile& file, std::shared_ptr<const PipelineModel> model,
                             Clock& clock, RunProgress& progress, const std::atomic<bool>& stop,
                             StreamWishes wishes);

// What the first of the file's stores that remembers scores remembers; null where none does.
Result<std::unique_ptr<History>> open_history(const PipelineFile& file, const std::string& value_column);

// "1,000 rows read = 998 delivered + 2 refused + 0 under way; skipped: header 1"
std::string account_sentence(const Account& account);

}  // namespace churnstream
