// What became of the customers, from the labels the decoder took off: the one way a label goes on towards a
// store, and only where the file asks for it ([outcomes]). It never comes near a feature. Any thread.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "data/scored_batch.h"

namespace churnstream {

// Adds an outcome for each row whose label is one of the model's classes; a row without a label has none. How
// many labels were neither. Needs: as many labels as rows, as Decoder::labels() gives them; none at all where
// the decoder was told of no label.
inline std::size_t add_true_outcomes(ScoredBatch& scored, const std::vector<std::string>& labels) {
  insist(labels.empty() || labels.size() == scored.num_rows(), "labels lie beside their rows");
  std::size_t not_understood = 0;
  for (std::size_t row = 0; row < labels.size(); ++row)
    if (const auto has_left = scored.terms->has_left(labels[row]))
      scored.outcomes.push_back({scored.rows.extent().offsets[row], *has_left});
    else if (!labels[row].empty())
      ++not_understood;
  return not_understood;
}

}  // namespace churnstream
