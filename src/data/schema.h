// The names and types of a customer's columns. Immutable once made; shared by every batch of a stream.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace churnstream {

enum class ColumnType {
  text,
  number,  // an IEEE double; missing where the source had nothing
};

struct Field {
  std::string name;
  ColumnType type = ColumnType::text;
  bool operator==(const Field&) const = default;
};

class Schema {
 public:
  Schema() = default;

  // An error when a name is empty or appears twice.
  static Result<Schema> make(std::vector<Field> fields);

  std::size_t size() const { return fields_.size(); }
  const Field& operator[](std::size_t column) const { return fields_[column]; }
  const std::vector<Field>& fields() const { return fields_; }
  std::optional<std::size_t> find(std::string_view name) const;
  bool operator==(const Schema&) const = default;

 private:
  std::vector<Field> fields_;
};

const char* name_of(ColumnType type);  // "text", "number"
Result<ColumnType> column_type_of(std::string_view name);

}  // namespace churnstream
