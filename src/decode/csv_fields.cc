#include "decode/csv_fields.h"

#include <algorithm>
#include <bit>
#include <cstring>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace churnstream {

const char* CsvFields::split(std::string_view record) {
  fields_.clear();
  has_quotes_ = !record.empty() && std::memchr(record.data(), '"', record.size()) != nullptr;
  if (!has_quotes_) {
    split_plain(record);
    return nullptr;
  }
  const char* problem = split_quoted(record);
  if (problem != nullptr) fields_.clear();
  return problem;
}

// Fields are about five bytes long, too short for a memchr each: sixteen bytes are compared at once.
void CsvFields::split_plain(std::string_view record) {
  std::size_t begin = 0, at = 0;
  const auto end_field = [&](std::size_t end) {
    fields_.emplace_back(record.data() + begin, end - begin);
    begin = end + 1;
  };
#ifdef __SSE2__
  const __m128i commas = _mm_set1_epi8(',');
  for (; at + 16 <= record.size(); at += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(record.data() + at));
    auto mask = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(block, commas)));
    for (; mask != 0; mask &= mask - 1) end_field(at + static_cast<std::size_t>(std::countr_zero(mask)));
  }
#endif
  for (; at < record.size(); ++at)
    if (record[at] == ',') end_field(at);
  end_field(record.size());
}

const char* CsvFields::split_quoted(std::string_view record) {
  quoted_.clear();
  undoubled_.clear();
  undoubled_.reserve(record.size());  // No view into it may move.
  for (std::size_t begin = 0;;) {
    std::size_t end = begin;
    const bool is_quoted = begin < record.size() && record[begin] == '"';
    if (is_quoted) {
      bool has_doubled = false;
      std::size_t closing = record.find('"', begin + 1);
      while (closing != std::string_view::npos && closing + 1 < record.size() && record[closing + 1] == '"') {
        has_doubled = true;
        closing = record.find('"', closing + 2);
      }
      if (closing == std::string_view::npos) return "a quote is not closed";
      const std::string_view inside = record.substr(begin + 1, closing - begin - 1);
      fields_.push_back(has_doubled ? undouble(inside) : inside);
      end = closing + 1;
      if (end < record.size() && record[end] != ',') return "there is text behind a closing quote";
    } else {
      end = std::min(record.find(',', begin), record.size());
      fields_.push_back(record.substr(begin, end - begin));
    }
    quoted_.push_back(is_quoted ? 1 : 0);
    if (end == record.size()) return nullptr;
    begin = end + 1;
  }
}

std::string_view CsvFields::undouble(std::string_view inside) {
  const std::size_t begin = undoubled_.size();
  while (!inside.empty()) {
    const std::size_t quote = std::min(inside.find('"'), inside.size());
    undoubled_.append(inside.substr(0, std::min(quote + 1, inside.size())));
    inside.remove_prefix(std::min(quote + 2, inside.size()));
  }
  return std::string_view(undoubled_).substr(begin);
}

}  // namespace churnstream
