#include "data/schema.h"

#include <unordered_set>

namespace churnstream {

Result<Schema> Schema::make(std::vector<Field> fields) {
  std::unordered_set<std::string_view> seen;
  for (const Field& field : fields) {
    if (field.name.empty()) return wrong("making a schema", "", "a column has no name");
    if (!seen.insert(field.name).second)
      return wrong("making a schema", "", "two columns are named " + field.name);
  }
  Schema schema;
  schema.fields_ = std::move(fields);
  return schema;
}

std::optional<std::size_t> Schema::find(std::string_view name) const {
  for (std::size_t column = 0; column < fields_.size(); ++column)
    if (fields_[column].name == name) return column;
  return std::nullopt;
}

const char* name_of(ColumnType type) { return type == ColumnType::text ? "text" : "number"; }

Result<ColumnType> column_type_of(std::string_view name) {
  if (name == "text") return ColumnType::text;
  if (name == "number") return ColumnType::number;
  return wrong("reading a column type", name, "there is no such type", "text or number");
}

}  // namespace churnstream
