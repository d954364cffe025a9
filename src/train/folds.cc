#include "train/folds.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "train/generators.h"

namespace churnstream {
namespace {

void shuffle(std::vector<std::size_t>& rows, XorShift& random) {
  for (std::size_t i = rows.size(); i > 1; --i)
    std::swap(rows[i - 1], rows[static_cast<std::size_t>(random.next_double() * static_cast<double>(i))]);
}

// Deals the rows of each class to the folds like cards, going on where the class before it stopped.
std::vector<std::size_t> deal(std::vector<std::vector<std::size_t>> rows_by_class, std::size_t num_rows,
                              std::size_t num_folds, XorShift& random) {
  std::vector<std::size_t> fold_of(num_rows);
  std::size_t next = 0;
  for (std::vector<std::size_t>& rows : rows_by_class) {
    shuffle(rows, random);
    for (const std::size_t row : rows) fold_of[row] = next++ % num_folds;
  }
  return fold_of;
}

}  // namespace

Result<std::vector<Fold>> stratified_folds(std::span<const std::uint32_t> labels, std::size_t num_folds,
                                           std::size_t num_repeats, std::int64_t seed) {
  if (num_folds < 2)
    return wrong("cutting", "the folds", "there must be at least two", "--cross-validate 10");
  if (num_repeats < 1)
    return wrong("cutting", "the folds", "there must be at least one repeat", "--repeats 1");
  std::vector<std::vector<std::size_t>> rows_by_class;
  for (std::size_t row = 0; row < labels.size(); ++row) {
    if (labels[row] >= rows_by_class.size()) rows_by_class.resize(labels[row] + 1);
    rows_by_class[labels[row]].push_back(row);
  }
  for (const auto& rows : rows_by_class)
    if (rows.size() < num_folds)
      return wrong("cutting", "the folds",
                   fmt::format("a class has only {} rows for {} folds", rows.size(), num_folds),
                   "take fewer folds");
  std::vector<Fold> folds(num_folds * num_repeats);
  for (std::size_t repeat = 0; repeat < num_repeats; ++repeat) {
    XorShift random(static_cast<std::int64_t>(static_cast<std::uint64_t>(seed) + repeat));
    const std::vector<std::size_t> fold_of = deal(rows_by_class, labels.size(), num_folds, random);
    for (std::size_t k = 0; k < num_folds; ++k) {
      Fold& fold = folds[repeat * num_folds + k];
      fold.repeat = repeat;
      for (std::size_t row = 0; row < labels.size(); ++row)
        (fold_of[row] == k ? fold.test : fold.train).push_back(row);
    }
  }
  return folds;
}

}  // namespace churnstream
