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

// Of few values each is given to DuckDB once, where a row first has it.
void fill_few_texts(const StreamedColumn& column, std::size_t at, std::size_t num_rows,
                    duckdb_vector vector) {
  auto* strings = static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector));
  std::array<const duckdb_string_t*, 256> given{};
  for (std::size_t row = 0; row < num_rows; ++row) {
    const std::uint8_t place = column.places[at + row];
    if (given[place] != nullptr) {
      strings[row] = *given[place];
    } else {
      const std::string_view text = column.texts[place];
      duckdb_vector_assign_string_element_len(vector, row, text.data(), text.size());
      given[place] = strings + row;
    }
  }
}

void fill_texts(const StreamedColumn& column, std::size_t at, std::size_t num_rows, duckdb_vector vector) {
  if (!column.places.empty()) return fill_few_texts(column, at, num_rows, vector);
  for (std::size_t row = 0; row < num_rows; ++row) {
    const std::string_view text = column.texts[at + row];
    duckdb_vector_assign_string_element_len(vector, row, text.data(), text.size());
  }
}

void fill_words(const StreamedColumn& column, StreamedType type, std::size_t at, std::size_t num_rows,
                void* data) {
  if (type == StreamedType::flag)
    for (std::size_t row = 0; row < num_rows; ++row)
      static_cast<bool*>(data)[row] = column.word(at + row) != 0;
  else
    for (std::size_t row = 0; row < num_rows; ++row)
      static_cast<std::uint64_t*>(data)[row] = column.word(at + row);
}

void fill(const StreamedColumn& column, StreamedType type, std::size_t at, std::size_t num_rows,
          duckdb_vector vector) {
  if (type == StreamedType::text)
    fill_texts(column, at, num_rows, vector);
  else
    fill_words(column, type, at, num_rows, duckdb_vector_get_data(vector));
  if (column.is_null.empty()) return;
  duckdb_vector_ensure_validity_writable(vector);
  for (std::size_t row = 0; row < num_rows; ++row)
    if (column.null(at + row)) duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector), row);
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
