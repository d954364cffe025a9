// Takes the table rows of a customer's bins together, word by word; what is left is one bit for each tree,
// the leaf it ends in. No step hangs on a guess about the row. Votes are added tree after tree, as Spark adds
// them, so the sums have the same bits.
//
// After QuickScorer (Lucchese et al., SIGIR 2015), with exact leaf boxes in the place of its masks.
#include <bit>

#include "base/result.h"
#include "score/class_answer.h"
#include "score/leaf_bitsets.h"
#include "score/scorer.h"

namespace churnstream {
namespace {

class LeafBitsetScorer : public Scorer {
 public:
  LeafBitsetScorer(const Forest& forest, LeafBitsets bitsets)
      : forest_(forest), bitsets_(std::move(bitsets)) {}

  std::size_t num_classes() const override { return forest_.num_classes; }

  void score(const FeatureMatrix& rows, Scores& out, ScoreScratch& scratch) const override {
    make_room(rows, forest_, out);
    const std::size_t num_classes = forest_.num_classes;
    scratch.words.resize(bitsets_.num_words);
    for (std::size_t row = 0; row < rows.num_rows(); ++row) {
      double* votes = &out.raw[row * num_classes];
      find_leaves(rows.row(row).data(), scratch.words.data());
      add_votes(scratch.words.data(), votes);
      out.predictions[row] = answer_of(
          {votes, num_classes}, {&out.probabilities[row * num_classes], num_classes}, forest_.thresholds);
    }
  }

 private:
  const std::uint64_t* table_row(const LeafBitsets::Digit& digit, const double* values) const {
    std::size_t row = digit.first_row;
    for (const LeafBitsets::Part& part : digit.parts) {
      const FeatureBins& bins = bitsets_.features[part.bins];
      row += bins.bin_of(values[bins.feature]) * part.stride;
    }
    return &bitsets_.table[row * bitsets_.num_words];
  }

  // Two table rows at a time, so that the words are written half as often.
  void find_leaves(const double* values, std::uint64_t* __restrict words) const {
    const std::size_t num_words = bitsets_.num_words, num_digits = bitsets_.digits.size();
    const std::uint64_t* first = table_row(bitsets_.digits[0], values);
    std::copy(first, first + num_words, words);
    for (std::size_t digit = 1; digit < num_digits; digit += 2) {
      const std::uint64_t* one = table_row(bitsets_.digits[digit], values);
      const std::uint64_t* other =
          digit + 1 < num_digits ? table_row(bitsets_.digits[digit + 1], values) : one;
      for (std::size_t word = 0; word < num_words; ++word) words[word] &= one[word] & other[word];
    }
  }

  void add_votes(const std::uint64_t* words, double* votes) const {
    for (std::size_t tree = 0; tree + 1 < bitsets_.first_word.size(); ++tree) {
      std::size_t word = bitsets_.first_word[tree];
      while (words[word] == 0) ++word;  // one of the tree's words has its bit
      const std::size_t leaf = word * 64 + static_cast<std::size_t>(std::countr_zero(words[word]));
      const double* shares = &bitsets_.shares[leaf * forest_.num_classes];
      for (std::size_t c = 0; c < forest_.num_classes; ++c) votes[c] += shares[c];
    }
  }

  const Forest& forest_;
  const LeafBitsets bitsets_;
};

}  // namespace

std::unique_ptr<Scorer> make_leaf_bitset_scorer(const Forest& forest) {
  auto bitsets = LeafBitsets::make(forest);
  if (!bitsets) return nullptr;
  return std::make_unique<LeafBitsetScorer>(forest, *std::move(bitsets));
}

std::unique_ptr<Scorer> make_fast_scorer(const Forest& forest) {
  if (auto scorer = make_leaf_bitset_scorer(forest)) return scorer;
  return make_packed_scorer(forest);
}

}  // namespace churnstream
