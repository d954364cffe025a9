#include "table/duckdb_table.h"

#include <duckdb.h>
#include <malloc.h>

#include <algorithm>

#include "base/sql_text.h"
#include "table/duckdb_stream.h"
#include "table/library_pages.h"

namespace churnstream {
namespace {

// One thread keeps the order of rows and the start short; the limit keeps a hostile file from filling the
// machine: a forest of 300 deep trees needs a twentieth of 2 GiB.
const std::map<std::string, std::string> kSettings{
    {"threads", "1"},
    {"temp_directory", ""},
    {"autoinstall_known_extensions", "false"},
    {"autoload_known_extensions", "false"},
};

struct Answer {
  duckdb_result result{};
  ~Answer() { duckdb_destroy_result(&result); }
};

struct Chunk {
  duckdb_data_chunk chunk = nullptr;
  ~Chunk() { duckdb_destroy_data_chunk(&chunk); }
};

struct LogicalType {
  duckdb_logical_type type = nullptr;
  explicit LogicalType(duckdb_logical_type made) : type(made) {}
  LogicalType(LogicalType&& other) noexcept : type(std::exchange(other.type, nullptr)) {}
  LogicalType& operator=(LogicalType&&) = delete;
  ~LogicalType() { duckdb_destroy_logical_type(&type); }
};

// DuckDB draws a picture below the first line of its messages.
std::string first_line(const char* message) {
  const std::string text = message == nullptr ? "no reason given" : message;
  return text.substr(0, text.find('\n'));
}

Result<CellType> cell_type_of(duckdb_logical_type type) {
  const auto scalar = duckdb_get_type_id(type);
  if (scalar == DUCKDB_TYPE_BIGINT) return CellType::integer;
  if (scalar == DUCKDB_TYPE_DOUBLE) return CellType::number;
  if (scalar == DUCKDB_TYPE_VARCHAR) return CellType::text;
  if (scalar == DUCKDB_TYPE_LIST) {
    const LogicalType child(duckdb_list_type_child_type(type));
    const auto item = duckdb_get_type_id(child.type);
    if (item == DUCKDB_TYPE_DOUBLE) return CellType::number_list;
    if (item == DUCKDB_TYPE_VARCHAR) return CellType::text_list;
  }
  return failed("reading a table", {}, "a column is of a type that we do not read");
}

LogicalType logical_type_of(CellType type) {
  const auto list_of = [](duckdb_type item) {
    const LogicalType child(duckdb_create_logical_type(item));
    return LogicalType(duckdb_create_list_type(child.type));
  };
  switch (type) {
    case CellType::integer: return LogicalType(duckdb_create_logical_type(DUCKDB_TYPE_BIGINT));
    case CellType::number: return LogicalType(duckdb_create_logical_type(DUCKDB_TYPE_DOUBLE));
    case CellType::text: return LogicalType(duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR));
    case CellType::number_list: return list_of(DUCKDB_TYPE_DOUBLE);
    case CellType::text_list: return list_of(DUCKDB_TYPE_VARCHAR);
  }
  return LogicalType(nullptr);
}

bool is_valid(duckdb_vector vector, idx_t row) {
  std::uint64_t* mask = duckdb_vector_get_validity(vector);
  return mask == nullptr || duckdb_validity_row_is_valid(mask, row);
}

std::string text_at(duckdb_vector vector, idx_t row) {
  auto* texts = static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector));
  return {duckdb_string_t_data(&texts[row]), duckdb_string_t_length(texts[row])};
}

// A null inside a list becomes NaN or empty text: the checks behind us refuse what must not be.
void add_list(duckdb_vector vector, idx_t row, TableColumn& to) {
  const auto entry = static_cast<duckdb_list_entry*>(duckdb_vector_get_data(vector))[row];
  duckdb_vector child = duckdb_list_vector_get_child(vector);
  for (idx_t item = entry.offset; item < entry.offset + entry.length; ++item) {
    const bool is_there = is_valid(child, item);
    if (to.type == CellType::text_list)
      to.texts.push_back(is_there ? text_at(child, item) : std::string());
    else
      to.numbers.push_back(is_there ? static_cast<double*>(duckdb_vector_get_data(child))[item]
                                    : std::numeric_limits<double>::quiet_NaN());
  }
  to.begins.push_back(to.type == CellType::text_list ? to.texts.size() : to.numbers.size());
  to.is_null.push_back(0);
}

void add_rows(duckdb_vector vector, idx_t num_rows, TableColumn& to) {
  const void* data = duckdb_vector_get_data(vector);
  for (idx_t row = 0; row < num_rows; ++row) {
    if (!is_valid(vector, row)) {
      to.add_null();
      continue;
    }
    switch (to.type) {
      case CellType::integer: to.add(static_cast<const std::int64_t*>(data)[row]); break;
      case CellType::number: to.add(static_cast<const double*>(data)[row]); break;
      case CellType::text: to.add(text_at(vector, row)); break;
      case CellType::number_list:
      case CellType::text_list: add_list(vector, row, to); break;
    }
  }
}

// Copies rows [begin, begin + num_rows) of a column into a fresh vector of a chunk.
void fill_vector(const TableColumn& from, std::size_t begin, std::size_t num_rows, duckdb_vector vector) {
  const bool is_list = from.type == CellType::number_list || from.type == CellType::text_list;
  const std::size_t first_item = is_list ? from.begins[begin] : 0;
  duckdb_vector child = nullptr;
  if (is_list) {
    const std::size_t num_items = from.begins[begin + num_rows] - first_item;
    duckdb_list_vector_reserve(vector, num_items);
    duckdb_list_vector_set_size(vector, num_items);
    child = duckdb_list_vector_get_child(vector);
    for (std::size_t item = 0; item < num_items; ++item) {
      if (from.type == CellType::number_list) {
        static_cast<double*>(duckdb_vector_get_data(child))[item] = from.numbers[first_item + item];
      } else {
        const std::string& text = from.texts[first_item + item];
        duckdb_vector_assign_string_element_len(child, item, text.data(), text.size());
      }
    }
  }
  void* data = duckdb_vector_get_data(vector);
  for (std::size_t row = 0; row < num_rows; ++row) {
    const std::size_t at = begin + row;
    if (from.is_null[at] != 0) {
      duckdb_vector_ensure_validity_writable(vector);
      duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector), row);
    }
    switch (from.type) {
      case CellType::integer: static_cast<std::int64_t*>(data)[row] = from.integers[at]; break;
      case CellType::number: static_cast<double*>(data)[row] = from.numbers[at]; break;
      case CellType::text:
        duckdb_vector_assign_string_element_len(vector, row, from.texts[at].data(), from.texts[at].size());
        break;
      case CellType::number_list:
      case CellType::text_list:
        static_cast<duckdb_list_entry*>(data)[row] = {from.begins[at] - first_item,
                                                      from.begins[at + 1] - from.begins[at]};
        break;
    }
  }
}

class DuckDbTables : public Tables {
 public:
  DuckDbTables() = default;
  DuckDbTables(const DuckDbTables&) = delete;
  DuckDbTables& operator=(const DuckDbTables&) = delete;
  ~DuckDbTables() override {
    duckdb_disconnect(&connection_);
    duckdb_close(&database_);
    malloc_trim(0);
    give_back_pages("libduckdb");
  }

  Result<void> connect(std::size_t bytes_max) {
    malloc_trim(0);  // what others have freed makes room for what is needed now
    duckdb_config config = nullptr;
    duckdb_create_config(&config);
    for (const auto& [name, value] : kSettings) duckdb_set_config(config, name.c_str(), value.c_str());
    duckdb_set_config(config, "memory_limit", (std::to_string(bytes_max) + "B").c_str());
    char* problem = nullptr;
    const bool is_open = duckdb_open_ext(nullptr, &database_, config, &problem) == DuckDBSuccess &&
                         duckdb_connect(database_, &connection_) == DuckDBSuccess;
    duckdb_destroy_config(&config);
    const std::string reason = first_line(problem);
    duckdb_free(problem);
    if (!is_open) return failed("starting DuckDB", {}, reason);
    give_back_pages("libduckdb");  // of its start, which touches far more of it than what comes
    return {};
  }

  Result<Table> read(const std::string& select, std::size_t rows_max) override {
    Answer answer;
    CHURNSTREAM_TRY(run(select, answer));
    Table table;
    for (idx_t index = 0; index < duckdb_column_count(&answer.result); ++index) {
      const LogicalType type(duckdb_column_logical_type(&answer.result, index));
      TableColumn& column = table.columns.emplace_back();
      CHURNSTREAM_TRY_ASSIGN(column.type, cell_type_of(type.type));
      column.name = duckdb_column_name(&answer.result, index);
    }
    for (;;) {
      const Chunk chunk{duckdb_fetch_chunk(answer.result)};
      if (chunk.chunk == nullptr) return table;
      const idx_t num_rows = duckdb_data_chunk_get_size(chunk.chunk);
      if (num_rows == 0) return table;
      if (table.num_rows() + num_rows > rows_max)
        return failed("reading a table", {}, "it has more than " + std::to_string(rows_max) + " rows");
      for (idx_t index = 0; index < table.columns.size(); ++index)
        add_rows(duckdb_data_chunk_get_vector(chunk.chunk, index), num_rows, table.columns[index]);
    }
  }

  Result<void> add_table(const std::string& name, const std::vector<TableColumn>& columns) override {
    std::string declared;
    std::vector<LogicalType> types;
    std::vector<duckdb_logical_type> raw_types;
    for (const TableColumn& column : columns) {
      constexpr std::string_view kSqlTypes[] = {"BIGINT", "DOUBLE", "VARCHAR", "DOUBLE[]", "VARCHAR[]"};
      declared += (declared.empty() ? "" : ", ") + sql_name(column.name) + " ";
      declared += kSqlTypes[static_cast<std::size_t>(column.type)];
      types.push_back(logical_type_of(column.type));
      raw_types.push_back(types.back().type);
      insist(column.num_rows() == columns[0].num_rows(), "every column of a table has as many rows");
    }
    Answer answer;
    CHURNSTREAM_TRY(run("CREATE TABLE " + sql_name(name) + " (" + declared + ")", answer));
    duckdb_appender appender = nullptr;
    bool is_well = duckdb_appender_create(connection_, nullptr, name.c_str(), &appender) == DuckDBSuccess;
    const std::size_t num_rows = columns.empty() ? 0 : columns[0].num_rows();
    for (std::size_t begin = 0; is_well && begin < num_rows; begin += duckdb_vector_size()) {
      const std::size_t length = std::min<std::size_t>(duckdb_vector_size(), num_rows - begin);
      const Chunk chunk{duckdb_create_data_chunk(raw_types.data(), raw_types.size())};
      for (std::size_t index = 0; index < columns.size(); ++index)
        fill_vector(columns[index], begin, length, duckdb_data_chunk_get_vector(chunk.chunk, index));
      duckdb_data_chunk_set_size(chunk.chunk, length);
      is_well = duckdb_append_data_chunk(appender, chunk.chunk) == DuckDBSuccess;
    }
    is_well = is_well && duckdb_appender_close(appender) == DuckDBSuccess;
    const std::string reason = is_well ? "" : first_line(duckdb_appender_error(appender));
    duckdb_appender_destroy(&appender);
    if (!is_well) return failed("filling the table", name, reason);
    return {};
  }

  Result<void> add_stream(const std::string& name,
                          const std::vector<std::pair<std::string, StreamedType>>& columns,
                          RowStream& rows) override {
    return declare_stream(connection_, name, columns, rows);
  }

  Result<void> write_parquet(const std::string& select, const Path& file,
                             const std::map<std::string, std::string>& footer) override {
    std::string pairs;
    for (const auto& [key, value] : footer)
      pairs += (pairs.empty() ? "" : ", ") + sql_text(key) + ": " + sql_text(value);
    Answer answer;
    return run("COPY (" + select + ") TO " + sql_text(std::filesystem::absolute(file).string()) +
                   " (FORMAT parquet, CODEC 'snappy'" +
                   (pairs.empty() ? "" : ", KV_METADATA {" + pairs + "}") + ")",
               answer);
  }

  Result<void> write_files(const std::string& select, const std::string& column,
                           const std::vector<std::string>& values, const Path& folder,
                           const FileForm& form) override {
    CHURNSTREAM_TRY(set("TimeZone = 'UTC'"));
    const std::string whole = std::filesystem::absolute(folder).string();
    if (values.size() > 1 && form.can_split) {
      CHURNSTREAM_TRY(
          set("partitioned_write_flush_threshold = 20000"));  // rows; else it holds half a million
      Answer answer;
      return run("COPY (" + select + ") TO " + sql_text(whole) + " (FORMAT " + form.options +
                     ", PARTITION_BY (" + sql_name(column) + "))",
                 answer);
    }
    for (const std::string& value : values) {
      const Path one = Path(whole) / (column + "=" + value);
      CHURNSTREAM_TRY(make_folders(one));
      const std::string where =
          values.size() == 1 ? "" : " WHERE " + sql_name(column) + " = " + sql_text(value);
      Answer answer;
      CHURNSTREAM_TRY(run("COPY (SELECT * EXCLUDE (" + sql_name(column) + ") FROM (" + select + ")" + where +
                              ") TO " + sql_text((one / "data").string()) + " (FORMAT " + form.options + ")",
                          answer));
    }
    return {};
  }

 private:
  Result<void> set(const std::string& setting) {
    Answer answer;
    return run("SET " + setting, answer);
  }

  Result<void> run(const std::string& sql, Answer& answer) {
    if (duckdb_query(connection_, sql.c_str(), &answer.result) == DuckDBSuccess) return {};
    return failed("reading or writing Parquet", {}, first_line(duckdb_result_error(&answer.result)));
  }

  duckdb_database database_ = nullptr;
  duckdb_connection connection_ = nullptr;
};

}  // namespace

Result<std::unique_ptr<Tables>> Tables::open(std::size_t bytes_max) {
  auto tables = std::make_unique<DuckDbTables>();
  CHURNSTREAM_TRY(tables->connect(bytes_max));
  return tables;
}

}  // namespace churnstream
