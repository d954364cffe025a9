#include "command/page_segments.h"

#include <algorithm>

#include "base/numbers.h"

namespace churnstream {
namespace {

const std::vector<std::string> kUsual = {"Contract,InternetService", "tenure:12,Contract",
                                         "PaymentMethod,Contract"};

// What is wrong with one axis; nothing where it is well.
std::string trouble_with(std::string_view axis, const Schema& customer) {
  const std::size_t colon = axis.find(':');
  const auto place = customer.find(axis.substr(0, colon));
  if (!place) return "the customers have no column " + std::string(axis.substr(0, colon));
  const bool has_width = colon != std::string_view::npos;
  const bool is_number = customer[*place].type == ColumnType::number;
  if (is_number && !has_width) return "a column of numbers needs the width of a step, as tenure:12";
  if (!is_number && has_width) return "a column of texts has no steps";
  const auto width = has_width ? parse_double(axis.substr(colon + 1)) : 1;
  return width && *width > 0 ? "" : "the width of a step is a number above 0";
}

std::string trouble_with_both(std::string_view segments, const Schema& customer) {
  if (std::count(segments.begin(), segments.end(), ',') != 1)
    return "it names two columns, as Contract,InternetService";
  const std::size_t comma = segments.find(',');
  const std::string first = trouble_with(segments.substr(0, comma), customer);
  return first.empty() ? trouble_with(segments.substr(comma + 1), customer) : first;
}

}  // namespace

void declare_segments(Options& page) {
  page.texts(
      "segments",
      "Two columns each that split customers on the page, of numbers with the width of a step; left out: "
      "Contract,InternetService and tenure:12,Contract and PaymentMethod,Contract, as far as they are "
      "there.");
}

Result<std::vector<std::string>> segments_of(const Config& page, const Schema& customer) {
  if (!page.has("segments")) {
    std::vector<std::string> usual = kUsual;
    std::erase_if(usual, [&](const std::string& one) { return !trouble_with_both(one, customer).empty(); });
    return usual;
  }
  for (const std::string& one : page.texts("segments"))
    if (const std::string trouble = trouble_with_both(one, customer); !trouble.empty())
      return wrong("reading [page] segments", one, trouble);
  return page.texts("segments");
}

}  // namespace churnstream
