#include <algorithm>
#include <limits>

#include "base/sql_text.h"
#include "table/duckdb_table.h"

namespace churnstream {

void TableColumn::add(std::int64_t value) {
  integers.push_back(value);
  is_null.push_back(0);
}

void TableColumn::add(double value) {
  numbers.push_back(value);
  is_null.push_back(0);
}

void TableColumn::add(std::string value) {
  texts.push_back(std::move(value));
  is_null.push_back(0);
}

void TableColumn::add(std::span<const double> values) {
  numbers.insert(numbers.end(), values.begin(), values.end());
  begins.push_back(numbers.size());
  is_null.push_back(0);
}

void TableColumn::add(std::span<const std::string> values) {
  texts.insert(texts.end(), values.begin(), values.end());
  begins.push_back(texts.size());
  is_null.push_back(0);
}

void TableColumn::add_null() {
  switch (type) {
    case CellType::integer: integers.push_back(0); break;
    case CellType::number: numbers.push_back(std::numeric_limits<double>::quiet_NaN()); break;
    case CellType::text: texts.emplace_back(); break;
    case CellType::number_list:
    case CellType::text_list: begins.push_back(begins.back()); break;
  }
  is_null.push_back(1);
}

const TableColumn& Table::operator[](std::string_view name) const {
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [&](const TableColumn& column) { return column.name == name; });
  insist(found != columns.end(), "the table has the column asked for");
  return *found;
}

std::string parquet_files(const std::vector<Path>& files) {
  std::string list;
  for (const Path& file : files)
    list += (list.empty() ? "" : ", ") + sql_text(std::filesystem::absolute(file).string());
  return "read_parquet([" + list + "], hive_partitioning = false, union_by_name = true)";
}

}  // namespace churnstream
