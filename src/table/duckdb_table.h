// Parquet files and SQL over them: the only door to DuckDB. Used on the side path where models are read and
// written, and where rows that were scored become closed files. A Tables owns one small in-memory database
// with one thread; closing it gives the memory back. One thread at a time.
//
//   CHURNSTREAM_TRY_ASSIGN(const auto tables, Tables::open());
//   CHURNSTREAM_TRY_ASSIGN(const Table nodes, tables->read("SELECT id::BIGINT AS id FROM " +
//   parquet_files(files))); nodes["id"].integers[0]
//
// In the lean build every call says that there is no DuckDB.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace churnstream {

enum class CellType { integer, number, text, number_list, text_list };

// One column as plain vectors; which of them is filled, `type` says. A null cell is 0, NaN, empty text or an
// empty list, and is_null. A list's items lie in `numbers` or `texts` from begins[row] to begins[row + 1].
struct TableColumn {
  std::string name;
  CellType type = CellType::integer;
  std::vector<std::uint8_t> is_null;
  std::vector<std::int64_t> integers;
  std::vector<double> numbers;
  std::vector<std::string> texts;
  std::vector<std::size_t> begins{0};

  std::size_t num_rows() const { return is_null.size(); }
  // Needs: type is number_list (or text_list).
  std::span<const double> number_list(std::size_t row) const {
    return std::span(numbers).subspan(begins[row], begins[row + 1] - begins[row]);
  }
  std::span<const std::string> text_list(std::size_t row) const {
    return std::span(texts).subspan(begins[row], begins[row + 1] - begins[row]);
  }

  // Needs: `type` is the one of the value.
  void add(std::int64_t value);
  void add(double value);
  void add(std::string value);
  void add(std::span<const double> values);
  void add(std::span<const std::string> values);
  void add_null();
};

struct Table {
  std::vector<TableColumn> columns;

  std::size_t num_rows() const { return columns.empty() ? 0 : columns[0].num_rows(); }
  // Needs: there is a column of this name.
  const TableColumn& operator[](std::string_view name) const;
};

// Rows that a SELECT draws as it goes, so that a table larger than the memory can be written. Called on the
// thread that runs the SELECT.
enum class StreamedType { text, number, flag, integer, time };
// The values of a column, one for each row, or few of them and for each row the place of its own. A null row
// has some value, too.
struct StreamedColumn {
  std::vector<std::string_view> texts;  // of a text column
  std::vector<std::uint64_t>
      words;  // of the others: a double's bits, an integer's, 0 or 1, microseconds since 1970
  std::vector<std::uint8_t> places;   // among the texts or words; empty where each row has a value of its own
  std::vector<std::uint8_t> is_null;  // empty where no row is

  std::size_t place(std::size_t row) const { return places.empty() ? row : places[row]; }
  std::string_view text(std::size_t row) const { return texts[place(row)]; }
  std::uint64_t word(std::size_t row) const { return words[place(row)]; }
  bool null(std::size_t row) const { return !is_null.empty() && is_null[row] != 0; }
};
class RowStream {
 public:
  virtual ~RowStream() = default;
  // To the first row. Called before each SELECT.
  virtual Result<void> rewind() = 0;
  // The next rows, at least one, into as many columns as were declared; 0 behind the last one. Views live
  // until the next call.
  virtual Result<std::size_t> next(std::vector<StreamedColumn>& columns) = 0;
};

// How write_files() writes: COPY's FORMAT with its options, as DuckDB spells them.
struct FileForm {
  std::string options;    // "parquet, COMPRESSION zstd"
  bool can_split = true;  // by a column in one pass
};

class Tables {
 public:
  virtual ~Tables() = default;
  // With `bytes_max` of memory; what needs more is an error.
  static Result<std::unique_ptr<Tables>> open(std::size_t bytes_max = std::size_t{2} << 30);

  // What a SELECT answers. Every column must be BIGINT, DOUBLE, VARCHAR, DOUBLE[] or VARCHAR[]: cast to them.
  // An error beyond rows_max rows.
  virtual Result<Table> read(const std::string& select, std::size_t rows_max = std::size_t{1} << 24) = 0;

  // Makes a table of these columns, for later SELECTs. Needs: as many rows in each.
  virtual Result<void> add_table(const std::string& name, const std::vector<TableColumn>& columns) = 0;

  // Names a stream of rows: SELECT ... FROM NAME(). Times are TIMESTAMPTZ. Needs: rows outlives this object.
  virtual Result<void> add_stream(const std::string& name,
                                  const std::vector<std::pair<std::string, StreamedType>>& columns,
                                  RowStream& rows) = 0;

  // Writes what a SELECT answers as one Parquet file (snappy) with these key-values in its footer.
  virtual Result<void> write_parquet(const std::string& select, const Path& file,
                                     const std::map<std::string, std::string>& footer) = 0;

  // Writes what a SELECT answers into a folder that is not there yet: FOLDER/COLUMN=VALUE/..., one file or
  // more for each of these values of its text column, which is left out of them. Times are UTC. Needs: the
  // column has these values and no others.
  virtual Result<void> write_files(const std::string& select, const std::string& column,
                                   const std::vector<std::string>& values, const Path& folder,
                                   const FileForm& form) = 0;
};

// read_parquet(...) over exactly these files, columns matched by name.
std::string parquet_files(const std::vector<Path>& files);

}  // namespace churnstream
