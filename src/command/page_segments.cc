#include "command/page_segments.h"

#include <algorithm>

#include "base/numbers.h"

namespace churnstream {
namespace {

const std::vector<std::string> kUsual = {"Contract,InternetService", "tenure:12,Contract",
                                         "PaymentMethod,Contract"};

// What is wrong with one axis; nothing where it is well.
std::string trouble_with(std::string_view axis, const Schema& customer,
                         const std::vector<std::string>& hidden) {
  const std::size_t colon = axis.find(':');
  const std::string name(axis.substr(0, colon));
  if (std::find(hidden.begin(), hidden.end(), name) != hidden.end())
    return name + " is one of the hidden_columns";
  const auto place = customer.find(name);
  if (!place) return "the customers have no column " + name;
  const bool has_width = colon != std::string_view::npos;
  const bool is_number = customer[*place].type == ColumnType::number;
  if (is_number && !has_width) return "a column of numbers needs the width of a step, as tenure:12";
  if (!is_number && has_width) return "a column of texts has no steps";
  const auto width = has_width ? parse_double(axis.substr(colon + 1)) : 1;
  return width && *width > 0 ? "" : "the width of a step is a number above 0";
}

std::string trouble_with_both(std::string_view segments, const Schema& customer,
                              const std::vector<std::string>& hidden) {
  if (std::count(segments.begin(), segments.end(), ',') != 1)
    return "it names two columns, as Contract,InternetService";
  const std::size_t comma = segments.find(',');
  const std::string first = trouble_with(segments.substr(0, comma), customer, hidden);
  return first.empty() ? trouble_with(segments.substr(comma + 1), customer, hidden) : first;
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
  const std::vector<std::string> hidden = page.texts("hidden_columns");
  if (!page.has("segments")) {
    std::vector<std::string> usual = kUsual;
    std::erase_if(usual,
                  [&](const std::string& one) { return !trouble_with_both(one, customer, hidden).empty(); });
    return usual;
  }
  for (const std::string& one : page.texts("segments"))
    if (const std::string trouble = trouble_with_both(one, customer, hidden); !trouble.empty())
      return wrong("reading [page] segments", one, trouble);
  return page.texts("segments");
}

HiddenSplit split_hidden(const Config& page, const Schema& customer, std::string_view key) {
  const std::vector<std::string> hidden = page.texts("hidden_columns");
  HiddenSplit split;
  for (const Field& field : customer.fields()) {
    if (field.name == key) continue;
    if (std::find(hidden.begin(), hidden.end(), field.name) == hidden.end())
      split.shown.push_back(field);
    else
      split.hidden.push_back(field.name);
  }
  return split;
}

}  // namespace churnstream
