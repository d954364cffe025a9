// Columns of a batch as PostgreSQL arrays in binary form, one per column: what a prepared statement unnests.
// The form is that of array_recv and of each type's own receive function: integers in network order, and
//
//   dimensions | has nulls | element type | length | 1 | per element: its bytes' count or -1, and the bytes
//
// An array with no element has no dimension and ends behind the element type.
#pragma once

#include <cstdint>
#include <string>

#include "sink/scored_record.h"

namespace churnstream {

// What PostgreSQL calls a kind of column: its name and the object ids of it and of its arrays, which are the
// same in every database.
struct PostgresType {
  const char* name;
  std::uint32_t id, array_id;
};
PostgresType postgres_type(RecordKind kind);

// A cell as in an array: its bytes' count or -1, and the bytes. COPY's binary form has the same.
void append_postgres_cell(std::string& out, const RecordCell& cell);

class PostgresArray {
 public:
  explicit PostgresArray(RecordKind kind);

  // Empty again; keeps the memory.
  void clear();
  void add(const RecordCell& cell);
  // The whole array; valid until the next clear() or add().
  const std::string& bytes();

 private:
  std::uint32_t type_;
  std::uint32_t count_ = 0;
  bool has_nulls_ = false;
  std::string bytes_;
};

}  // namespace churnstream
