// Where `churnstream score` writes: JSON lines, CSV or Parquet, a file or standard output. Rows come in input
// order. A file is written beside its place and renamed by finish(), so that half a result never stands
// there; a pipe or a device is written as it is. One thread.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"
#include "data/refused_row.h"

namespace churnstream {

// One answer. Views live as long as the call.
struct ScoredRow {
  std::string_view key;
  std::string_view prediction;          // the class's label
  std::span<const double> probability;  // by class index
  std::span<const double> raw;
  double positive_probability = 0;
};

class ScoreOutput {
 public:
  virtual ~ScoreOutput() = default;
  virtual Result<void> add(const ScoredRow& row) = 0;
  // JSON lines carry a refused row in its place; the other formats leave it to the refused file.
  virtual Result<void> add_refused(const RefusedRow& row) = 0;
  virtual Result<void> finish() = 0;
  virtual bool carries_refused() const = 0;
};

// `format`: jsonl, csv or parquet; empty: by the file's ending, else jsonl. `place`: a path, or "-" for
// standard output. `model` is the fingerprint that JSON lines carry. Wrong for an unknown format and for
// Parquet on standard output.
Result<std::unique_ptr<ScoreOutput>> open_score_output(const std::string& place, const std::string& format,
                                                       const std::string& model);

}  // namespace churnstream
