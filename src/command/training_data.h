// The customers a recipe names, read and prepared: what training, cross-validation and evaluation start from.
// Owned by one thread.
#pragma once

#include <string>
#include <vector>

#include "command/recipe.h"
#include "data/record_batch.h"

namespace churnstream {

// What became of the records of the file; read = kept + all the others.
struct PreparationCounts {
  std::size_t read = 0;
  std::size_t refused = 0;  // the decoder could not read them
  std::size_t unlabelled = 0;
  std::size_t duplicates = 0;
  std::size_t missing = 0;  // nothing in a column of drop_missing
  std::size_t kept = 0;
};

struct TrainingData {
  RecordBatch rows;  // the customer's own columns, the key among them, without the label
  std::vector<std::uint32_t> labels;
  std::size_t label_place = 0;            // of the label among the columns of the header line
  std::vector<std::string> class_labels;  // the most frequent first, as Spark's StringIndexer
  std::size_t positive_class = 0;
  PreparationCounts counts;
  std::string first_refusal;  // of the decoder; empty: none
  std::string fingerprint;    // SHA-256 over the records' bytes, a line feed after each
  // Training and test rows in the order of Spark's randomSplit; without a split one part of all rows.
  std::vector<std::vector<std::size_t>> parts;

  std::vector<std::uint32_t> labels_of(const std::vector<std::size_t>& part) const;
};

// A model that is to be evaluated: its classes, and its columns where it knows them.
struct KnownModel {
  std::vector<std::string> class_labels;  // empty: learned from the rows
  Schema columns;                         // empty: guessed from the file
};

// Wrong when `positive` is no label of the rows, a label none of the model's, or no row is left.
Result<TrainingData> load_training_data(const Recipe& recipe, const KnownModel& model = {});

// "7,043 rows read; left out: 22 duplicates, 11 without TotalCharges; 7,010 kept".
std::string preparation_text(const PreparationCounts& counts, const std::vector<std::string>& drop_missing);

}  // namespace churnstream
