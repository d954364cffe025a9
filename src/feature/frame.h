// The table that feature stages work on, as Spark's DataFrame inside a pipeline: named columns, one value per
// row. Text and numbers come from a RecordBatch without being copied; stages append columns. A stage may drop
// a row (Spark's handleInvalid = "skip") or refuse it ("error"): the row stays in place, marked, so that
// indices keep their meaning. One thread at a time; reset() keeps the memory.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "data/record_batch.h"

namespace churnstream {

// What is known of a numeric column: Spark ML's column metadata (ml_attr), as far as trees need it.
struct Attribute {
  std::string name;
  std::uint32_t arity = 0;          // 0: continuous; otherwise the number of categories
  std::vector<std::string> labels;  // of a nominal column, by index; may be empty
  bool operator==(const Attribute&) const = default;
};

enum class RowState : std::uint8_t { good, dropped, refused };

class Frame {
 public:
  // A column that stages made: plain numbers (width 1) or vectors of `width` numbers per row, row-major.
  struct Made {
    std::string name;
    std::size_t width = 1;
    bool is_vector = false;
    std::vector<double> values;         // num_rows x width; NaN where null
    std::vector<Attribute> attributes;  // `width` of them; none when the frame keeps none
  };

  // Fitting asks what is known of a column; scoring row by row does not, and saves the copies.
  explicit Frame(bool keeps_attributes = true) : keeps_attributes_(keeps_attributes) {}
  bool keeps_attributes() const { return keeps_attributes_; }

  // Starts over with the rows of a batch, which must outlive the frame's use.
  void reset(const RecordBatch& rows);
  // Starts over with ready feature vectors in one column (a bare predictor's input). Copies.
  void reset(std::string column, std::span<const double> values, std::size_t width);

  std::size_t num_rows() const { return num_rows_; }

  // A source column, or null. Where stages made a column of this name, that one counts and this is null.
  const Column* source_column(std::string_view name) const;
  // A made column, or null.
  const Made* made_column(std::string_view name) const;

  // A new column of num_rows x width numbers, to be filled by the caller. Wrong when the name is taken.
  Result<Made*> make_column(std::string name, std::size_t width, bool is_vector);

  RowState state(std::size_t row) const { return states_[row]; }
  void drop(std::size_t row);
  // `reason` is one sentence; the first one counts.
  void refuse(std::size_t row, std::string reason);
  const std::string& reason(std::size_t row) const;  // empty unless refused
  bool all_good() const { return num_marked_ == 0; }

 private:
  bool keeps_attributes_;
  const RecordBatch* source_ = nullptr;
  std::size_t num_rows_ = 0;
  std::size_t num_marked_ = 0;
  std::size_t num_made_ = 0;
  std::vector<std::unique_ptr<Made>> made_;  // the first num_made_ are alive, the rest kept for their memory
  std::vector<RowState> states_;
  std::unordered_map<std::size_t, std::string> reasons_;
};

}  // namespace churnstream
