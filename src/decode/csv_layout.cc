#include "decode/csv_layout.h"

#include <algorithm>

namespace churnstream {
namespace {

// The only field of this name, or kNone; `problem` is set where it stands twice.
std::size_t field_of(const std::vector<std::string_view>& names, std::string_view wanted,
                     std::string& problem) {
  const auto found = std::find(names.begin(), names.end(), wanted);
  if (found == names.end()) return CsvLayout::kNone;
  if (std::find(found + 1, names.end(), wanted) != names.end() && problem.empty())
    problem = "the header line has two columns \"" + std::string(wanted) + "\"";
  return static_cast<std::size_t>(found - names.begin());
}

}  // namespace

bool CsvLayout::reads_as(const CsvLayout& other) const {
  return num_fields == other.num_fields && texts == other.texts && numbers == other.numbers &&
         label == other.label && event_time == other.event_time && problem.empty() && other.problem.empty();
}

CsvLayout layout_of(const std::vector<std::string_view>& names, const CsvSettings& settings) {
  CsvLayout layout;
  layout.num_fields = names.size();
  std::vector<bool> is_used(names.size());
  const auto take = [&](const std::string& name, bool is_needed) {
    const std::size_t field = field_of(names, name, layout.problem);
    if (field != CsvLayout::kNone) is_used[field] = true;
    if (field == CsvLayout::kNone && is_needed && layout.problem.empty())
      layout.problem = "the header line has no column \"" + name + "\"";
    return field;
  };
  for (std::size_t column = 0; column < settings.columns.size(); ++column) {
    const Field& wanted = settings.columns[column];
    auto& cells = wanted.type == ColumnType::text ? layout.texts : layout.numbers;
    cells.push_back({take(wanted.name, true), column});
  }
  if (!settings.key.empty()) layout.key = take(settings.key, true);
  if (!settings.label.empty()) layout.label = take(settings.label, false);
  if (!settings.event_time.empty()) layout.event_time = take(settings.event_time, true);
  for (std::size_t field = 0; field < names.size(); ++field)
    if (!is_used[field]) layout.unused.emplace_back(names[field]);
  return layout;
}

bool looks_like_header(const std::vector<std::string_view>& fields, const CsvSettings& settings) {
  const auto is_known = [&](std::string_view name) {
    return settings.columns.find(name).has_value() || (!settings.label.empty() && name == settings.label);
  };
  const auto known = static_cast<std::size_t>(std::count_if(fields.begin(), fields.end(), is_known));
  return known * 2 > fields.size();
}

}  // namespace churnstream
