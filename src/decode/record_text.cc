#include "decode/record_text.h"

#include <fmt/format.h>

#include <limits>

#include "base/numbers.h"

namespace churnstream {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kBlanks = " \t";

// At most so many bytes of a value, and no half character.
std::string_view beginning_of(std::string_view value) {
  constexpr std::size_t kBytesShown = 40;
  if (value.size() <= kBytesShown) return value;
  std::size_t end = kBytesShown;
  while (end > 0 && continues_character(value[end])) --end;
  return value.substr(0, end);
}

}  // namespace

bool is_blank(std::string_view text) { return text.find_first_not_of(kBlanks) == std::string_view::npos; }

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::optional<double> number_in(std::string_view text) {
  if (const auto value = parse_double(text)) return value;
  const std::string_view inside = trimmed(text);
  if (inside.empty()) return std::numeric_limits<double>::quiet_NaN();
  return inside.size() == text.size() ? std::nullopt : parse_double(inside);
}

std::string_view line_of(std::string_view bytes, bool is_first) {
  if (is_first && bytes.starts_with(kByteOrderMark)) bytes.remove_prefix(kByteOrderMark.size());
  if (bytes.ends_with('\n')) bytes.remove_suffix(1);
  if (bytes.ends_with('\r')) bytes.remove_suffix(1);
  return bytes;
}

std::string shown(std::string_view value) {
  const std::string_view beginning = beginning_of(value);
  return fmt::format("\"{}{}\"", beginning, beginning.size() < value.size() ? "..." : "");
}

std::string shown_bare(std::string_view value) {
  const std::string_view beginning = beginning_of(value);
  return fmt::format("{}{}", beginning, beginning.size() < value.size() ? "..." : "");
}

const char* flaw_reason(RecordFlaw flaw) {
  switch (flaw) {
    case RecordFlaw::none: return nullptr;
    case RecordFlaw::too_long: return "it is longer than a record may be";
    case RecordFlaw::unclosed_quote: return "a quote is still open at the end of the file";
  }
  return nullptr;
}

std::string no_key_reason(std::string_view key_column) {
  return fmt::format("it has no key: column \"{}\" is blank", key_column);
}

std::string no_number_reason(std::string_view column, std::string_view value_shown) {
  return fmt::format("column \"{}\" is no number: {}", column, value_shown);
}

std::string no_time_reason(std::string_view column, std::string_view value_shown) {
  return fmt::format("column \"{}\" is no time: {}", column, value_shown);
}

RefusedRow refused_record(const RawRecord& record, const Partition& partition, std::string reason,
                          std::string_view key) {
  RefusedRow row{"decode",      std::move(reason), std::string(record.bytes), std::string(key), partition,
                 record.offset, record.time_us};
  row.record_key = record.key;
  row.headers = record.headers;
  return row;
}

Result<void> check_columns(std::string_view doing, const Schema& columns, std::string_view key,
                           std::string_view label) {
  if (columns.size() == 0) return wrong(doing, "", "there are no columns to read");
  if (!key.empty()) {
    const auto place = columns.find(key);
    if (!place) return wrong(doing, "", fmt::format("the key \"{}\" is none of the columns", key));
    if (columns[*place].type != ColumnType::text)
      return wrong(doing, "", fmt::format("the key \"{}\" must be text", key));
  }
  if (!label.empty() && columns.find(label))
    return wrong(doing, "", fmt::format("the label \"{}\" cannot be one of the columns", label));
  return {};
}

}  // namespace churnstream
