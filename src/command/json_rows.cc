#include "command/json_rows.h"

namespace churnstream {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

std::string_view without_blanks(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// Behind the text that begins at `at`, a quote; npos where it does not end. A quote behind an odd number of
// backslashes is a letter of the text.
std::size_t behind_text(std::string_view document, std::size_t at) {
  for (std::size_t quote = document.find('"', at + 1);; quote = document.find('"', quote + 1)) {
    if (quote == std::string_view::npos) return quote;
    std::size_t letter = quote;
    while (document[letter - 1] == '\\') --letter;
    if ((quote - letter) % 2 == 0) return quote + 1;
  }
}

// The comma or bracket that ends the element beginning at `at`; npos where none does.
std::size_t end_of_element(std::string_view document, std::size_t at) {
  for (std::size_t depth = 0; at < document.size();) {
    switch (document[at]) {
      case '"':
        at = behind_text(document, at);
        if (at == std::string_view::npos) return at;
        continue;
      case '{':
      case '[': ++depth; break;
      case '}':
        if (depth == 0) return std::string_view::npos;
        --depth;
        break;
      case ']':
        if (depth == 0) return at;
        --depth;
        break;
      case ',':
        if (depth == 0) return at;
        break;
      default: break;
    }
    ++at;
  }
  return std::string_view::npos;
}

}  // namespace

void cut_json_rows(std::string_view document, std::size_t rows_max, JsonRows& out) {
  out.is_one = false;
  out.rows.clear();
  out.problem = nullptr;
  document = without_blanks(document);
  if (document.starts_with('{')) {
    out.is_one = true;
    out.rows.push_back(document);
    return;
  }
  if (!document.starts_with('[')) {
    out.problem = "the body is neither an object nor an array of objects";
    return;
  }
  for (std::size_t at = 1;;) {
    const std::size_t end = end_of_element(document, at);
    if (end == std::string_view::npos) {
      out.problem = "the array in the body does not end";
      return;
    }
    const std::string_view element = without_blanks(document.substr(at, end - at));
    const bool is_last = document[end] == ']';
    if (element.empty() && !(is_last && out.rows.empty())) {
      out.problem = "the array in the body has an element that is nothing";
      return;
    }
    if (!element.empty()) out.rows.push_back(element);
    if (is_last && end + 1 != document.size()) out.problem = "something stands behind the array in the body";
    if (is_last || out.rows.size() > rows_max) return;
    at = end + 1;
  }
}

}  // namespace churnstream
