#include "table/duckdb_stream.h"

#include <duckdb.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace churnstream {
namespace {

// What the three callbacks share. DuckDB keeps it as long as the function.
struct Stream {
  std::vector<std::pair<std::string, StreamedType>> declared;
  RowStream& rows;
  std::vector<StreamedColumn> columns;  // the rows drawn last
  std::size_t num_rows = 0, at = 0;     // of them, and how many DuckDB has
};

duckdb_type type_of(StreamedType type) {
  switch (type) {
    case StreamedType::text: return DUCKDB_TYPE_VARCHAR;
    case StreamedType::number: return DUCKDB_TYPE_DOUBLE;
    case StreamedType::flag: return DUCKDB_TYPE_BOOLEAN;
    case StreamedType::integer: return DUCKDB_TYPE_BIGINT;
    case StreamedType::time: break;
  }
  return DUCKDB_TYPE_TIMESTAMP_TZ;
}

void bind(duckdb_bind_info info) {
  for (const auto& [name, type] : static_cast<Stream*>(duckdb_bind_get_extra_info(info))->declared) {
    duckdb_logical_type logical = duckdb_create_logical_type(type_of(type));
    duckdb_bind_add_result_column(info, name.c_str(), logical);
    duckdb_destroy_logical_type(&logical);
  }
}

void begin(duckdb_init_info info) {
  auto& stream = *static_cast<Stream*>(duckdb_init_get_extra_info(info));
  stream.num_rows = stream.at = 0;
  duckdb_init_set_max_threads(info, 1);
  if (const Result<void> rewound = stream.rows.rewind(); !rewound)
    duckdb_init_set_error(info, rewound.error().message.c_str());
}

// A column's rows are often views of a few words: one that was given to DuckDB already shares its place.
class GivenTexts {
 public:
  duckdb_string_t* find(std::string_view text) {
    Entry& entry = entries_[reinterpret_cast<std::uintptr_t>(text.data()) * 0x9E37'79B9'7F4A'7C15u >> 58];
    if (entry.text.data() == text.data() && entry.text.size() == text.size()) return &entry.given;
    entry.text = text;
    last_ = &entry;
    return nullptr;
  }
  // What find() did not find.
  void keep(duckdb_string_t given) { last_->given = given; }

 private:
  struct Entry {
    std::string_view text;
    duckdb_string_t given{};
  };
  std::array<Entry, 64> entries_;
  Entry* last_ = nullptr;
};

void fill_texts(const std::string_view* texts, std::size_t num_rows, duckdb_vector vector) {
  auto* strings = static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector));
  GivenTexts given;
  for (std::size_t row = 0; row < num_rows; ++row) {
    if (const duckdb_string_t* known = given.find(texts[row])) {
      strings[row] = *known;
    } else {
      duckdb_vector_assign_string_element_len(vector, row, texts[row].data(), texts[row].size());
      given.keep(strings[row]);
    }
  }
}

void fill(const StreamedColumn& column, StreamedType type, std::size_t at, std::size_t num_rows,
          duckdb_vector vector) {
  void* data = duckdb_vector_get_data(vector);
  if (type == StreamedType::text)
    fill_texts(column.texts.data() + at, num_rows, vector);
  else if (type == StreamedType::flag)
    std::transform(column.words.begin() + static_cast<std::ptrdiff_t>(at),
                   column.words.begin() + static_cast<std::ptrdiff_t>(at + num_rows),
                   static_cast<bool*>(data), [](std::uint64_t word) { return word != 0; });
  else
    std::memcpy(data, column.words.data() + at, num_rows * sizeof(std::uint64_t));
  for (std::size_t row = 0; row < num_rows; ++row) {
    if (column.is_null[at + row] == 0) continue;
    duckdb_vector_ensure_validity_writable(vector);
    duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector), row);
  }
}

void draw(duckdb_function_info info, duckdb_data_chunk chunk) {
  auto& stream = *static_cast<Stream*>(duckdb_function_get_extra_info(info));
  if (stream.at == stream.num_rows) {
    const Result<std::size_t> more = stream.rows.next(stream.columns);
    if (!more) return duckdb_function_set_error(info, more.error().message.c_str());
    stream.num_rows = *more;
    stream.at = 0;
  }
  if (stream.num_rows == 0) return duckdb_data_chunk_set_size(chunk, 0);
  const std::size_t num_rows = std::min<std::size_t>(duckdb_vector_size(), stream.num_rows - stream.at);
  for (std::size_t index = 0; index < stream.declared.size(); ++index)
    fill(stream.columns[index], stream.declared[index].second, stream.at, num_rows,
         duckdb_data_chunk_get_vector(chunk, index));
  stream.at += num_rows;
  duckdb_data_chunk_set_size(chunk, num_rows);
}

}  // namespace

Result<void> declare_stream(_duckdb_connection* connection, const std::string& name,
                            const std::vector<std::pair<std::string, StreamedType>>& columns,
                            RowStream& rows) {
  duckdb_table_function function = duckdb_create_table_function();
  duckdb_table_function_set_name(function, name.c_str());
  auto* stream = new Stream{columns, rows, std::vector<StreamedColumn>(columns.size())};
  duckdb_table_function_set_extra_info(function, stream,
                                       [](void* given) { delete static_cast<Stream*>(given); });
  duckdb_table_function_set_bind(function, bind);
  duckdb_table_function_set_init(function, begin);
  duckdb_table_function_set_function(function, draw);
  const bool is_well = duckdb_register_table_function(connection, function) == DuckDBSuccess;
  duckdb_destroy_table_function(&function);
  if (!is_well) return failed("declaring the rows", name, "DuckDB does not take them");
  return {};
}

}  // namespace churnstream
