#include "sink/record_block.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace churnstream {
namespace {

// The lowest bits of a column's form; the highest says that there are null rows and a map of them.
enum Form : std::uint8_t {
  nothing,  // every row is null
  same,     // one value, which all rows have
  words,    // up to 256 values, and for each row the number of its own
  plain,    // a value for each row
};
constexpr std::uint8_t kHasNulls = 0x80;
constexpr std::size_t kWordsMax = 256, kSlots = 1'024;

template <typename Number>
std::string_view bytes_of(const Number& number) {
  return {reinterpret_cast<const char*>(&number), sizeof number};
}

void append_number(std::string& out, std::uint32_t number) { out += bytes_of(number); }

// One column's values before they are written: texts as they are, all others as eight bytes.
class ColumnValues {
 public:
  void take(const ScoredRecord& record, const ScoredBatch& rows, std::size_t column, std::size_t begin,
            std::size_t end) {
    is_text_ = record.columns()[column].kind == RecordKind::text;
    values_.clear();
    nulls_.clear();
    num_nulls_ = 0;
    for (std::size_t row = begin; row < end; ++row)
      std::visit([this](auto cell) { add(cell); }, record.cell(rows, row, column));
  }

  void append_to(std::string& out) {
    const bool has_values = num_nulls_ < values_.size();
    const Form form = !has_values ? nothing : !find_words() ? plain : words_.size() == 1 ? same : words;
    const bool has_nulls = has_values && num_nulls_ > 0;
    out += static_cast<char>(form | (has_nulls ? kHasNulls : 0));
    if (has_nulls) out.append(nulls_.begin(), nulls_.end());
    if (form == same) append_values(out, words_);
    if (form == words) {
      out += static_cast<char>(words_.size() - 1);
      append_values(out, words_);
      out.append(numbers_.begin(), numbers_.end());
    }
    if (form == plain) append_values(out, values_);
  }

 private:
  void add(std::monostate) {
    ++num_nulls_;
    // As the row before, so that a null costs no word of its own.
    add_value(!values_.empty() ? values_.back()
              : is_text_       ? std::string_view()
                               : std::string_view("\0\0\0\0\0\0\0\0", 8));
    nulls_.back() = 1;
  }
  void add(std::string_view text) { add_value(text); }
  void add(bool flag) { add_word(flag ? 1 : 0); }
  void add(double number) { add_word(std::bit_cast<std::uint64_t>(number)); }
  void add(std::int64_t number) { add_word(static_cast<std::uint64_t>(number)); }
  void add(RecordTime time) { add(time.us); }
  void add_word(std::uint64_t word) {
    std::uint64_t& place = fixed_[values_.size()];
    place = word;
    add_value(bytes_of(place));
  }
  void add_value(std::string_view value) {
    values_.push_back(value);
    nulls_.push_back(0);
  }

  // Whether there are few enough different values; then numbers_ says which one each row has.
  bool find_words() {
    slots_.fill(0);
    words_.clear();
    numbers_.clear();
    for (std::size_t row = 0; row < values_.size(); ++row) {
      if (row > 0 && is_same(values_[row], values_[row - 1])) {
        numbers_.push_back(numbers_.back());
        continue;
      }
      std::size_t slot = std::hash<std::string_view>()(values_[row]) % kSlots;
      while (slots_[slot] != 0 && words_[slots_[slot] - 1] != values_[row]) slot = (slot + 1) % kSlots;
      if (slots_[slot] == 0) {
        if (words_.size() == kWordsMax) return false;
        words_.push_back(values_[row]);
        slots_[slot] = static_cast<std::uint16_t>(words_.size());
      }
      numbers_.push_back(static_cast<char>(slots_[slot] - 1));
    }
    return true;
  }

  // Constants lie at one place: no byte of them need be looked at.
  static bool is_same(std::string_view left, std::string_view right) {
    return left.size() == right.size() && (left.data() == right.data() || left == right);
  }

  void append_values(std::string& out, const std::vector<std::string_view>& values) const {
    if (is_text_)
      for (const std::string_view value : values)
        append_number(out, static_cast<std::uint32_t>(value.size()));
    for (const std::string_view value : values) out += value;
  }

  bool is_text_ = false;
  std::array<std::uint64_t, kBlockRowsMax> fixed_;  // what the views of fixed values look at
  std::vector<std::string_view> values_;
  std::vector<char> nulls_;
  std::size_t num_nulls_ = 0;
  std::vector<std::string_view> words_;
  std::vector<char> numbers_;
  std::array<std::uint16_t, kSlots> slots_;  // where a word is, counted from 1
};

// Takes from the front of the bytes; once they do not suffice, is_short for good.
struct Reading {
  std::string_view bytes;
  bool is_short = false;

  std::string_view take(std::size_t size) {
    is_short = is_short || size > bytes.size();
    if (is_short) return {};
    const std::string_view taken = bytes.substr(0, size);
    bytes.remove_prefix(size);
    return taken;
  }
  template <typename Number>
  Number number() {
    Number value = 0;
    const std::string_view taken = take(sizeof value);
    if (!taken.empty()) std::memcpy(&value, taken.data(), sizeof value);
    return value;
  }
};

// So many values of a StreamedColumn.
void read_values(Reading& reading, std::size_t count, bool is_text, StreamedColumn& out) {
  if (!is_text) {
    const std::string_view taken = reading.take(count * sizeof(std::uint64_t));
    if (reading.is_short) return;
    out.words.resize(count);
    std::memcpy(out.words.data(), taken.data(), taken.size());
    return;
  }
  Reading sizes{reading.take(count * sizeof(std::uint32_t)), reading.is_short};
  if (reading.is_short) return;
  out.texts.resize(count);
  for (std::string_view& text : out.texts) text = reading.take(sizes.number<std::uint32_t>());
}

// A value that all of so many rows have.
void read_one(Reading* reading, std::size_t num_rows, bool is_text, StreamedColumn& out) {
  if (reading != nullptr)
    read_values(*reading, 1, is_text, out);
  else if (is_text)
    out.texts.emplace_back();
  else
    out.words.push_back(0);
  out.places.assign(num_rows, 0);
}

bool read_few(Reading& reading, std::size_t num_rows, bool is_text, StreamedColumn& out) {
  const std::size_t count = std::size_t{reading.number<std::uint8_t>()} + 1;
  read_values(reading, count, is_text, out);
  const std::string_view places = reading.take(num_rows);
  out.places.assign(places.begin(), places.end());
  return std::all_of(out.places.begin(), out.places.end(), [&](std::size_t place) { return place < count; });
}

bool read_column(Reading& reading, std::size_t num_rows, bool is_text, StreamedColumn& out) {
  out.texts.clear();
  out.words.clear();
  out.places.clear();
  out.is_null.clear();
  const auto form = reading.number<std::uint8_t>();
  if ((form & kHasNulls) != 0) {
    const std::string_view nulls = reading.take(num_rows);
    out.is_null.assign(nulls.begin(), nulls.end());
  }
  bool is_well = true;
  switch (form & ~kHasNulls) {
    case nothing:
      read_one(nullptr, num_rows, is_text, out);
      out.is_null.assign(num_rows, 1);
      break;
    case same: read_one(&reading, num_rows, is_text, out); break;
    case words: is_well = read_few(reading, num_rows, is_text, out); break;
    case plain: read_values(reading, num_rows, is_text, out); break;
    default: return false;
  }
  return is_well && !reading.is_short;
}

}  // namespace

void append_block(std::string& out, const ScoredRecord& record, const ScoredBatch& rows, std::size_t begin,
                  std::size_t end) {
  insist(begin <= end && end - begin <= kBlockRowsMax, "a block has no more rows than a reader holds");
  ColumnValues values;
  append_number(out, static_cast<std::uint32_t>(end - begin));
  for (std::size_t column = 0; column < record.columns().size(); ++column) {
    values.take(record, rows, column, begin, end);
    values.append_to(out);
  }
}

Result<std::size_t> read_block(std::string_view block, const std::vector<RecordColumn>& columns,
                               std::vector<StreamedColumn>& out) {
  Reading reading{block};
  const std::size_t num_rows = reading.number<std::uint32_t>();
  insist(out.size() >= columns.size(), "there is room for every column");
  bool is_well = !reading.is_short && num_rows <= kBlockRowsMax;
  for (std::size_t column = 0; is_well && column < columns.size(); ++column)
    is_well = read_column(reading, num_rows, columns[column].kind == RecordKind::text, out[column]);
  if (!is_well || !reading.bytes.empty())
    return wrong("reading a log of scored records", {}, "a block of it is not in our format");
  return num_rows;
}

}  // namespace churnstream
