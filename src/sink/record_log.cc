#include "sink/record_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/csv_text.h"
#include "base/numbers.h"
#include "table/duckdb_table.h"

namespace churnstream {
namespace {

constexpr std::uint64_t kNoteBytesMax = 16 << 20;
// In the order of RecordKind.
constexpr std::array<const char*, 5> kKindNames{"text", "number", "flag", "integer", "time"};
constexpr EpochMicros kFirstUs = -62'135'596'800'000'000, kLastUs = 253'402'300'799'999'999;

struct AppendCell {
  std::string& out;
  void operator()(std::monostate) const {}
  void operator()(std::string_view text) const { append_quoted_csv_text(out, text); }
  void operator()(double number) const { append_shortest(out, number); }
  void operator()(bool flag) const { out += flag ? "true" : "false"; }
  void operator()(std::int64_t number) const { fmt::format_to(std::back_inserter(out), "{}", number); }
  void operator()(RecordTime time) const { (*this)(time.us); }
};

const char* sql_type(RecordKind kind) {
  switch (kind) {
    case RecordKind::text: return "VARCHAR";
    case RecordKind::number: return "DOUBLE";
    case RecordKind::flag: return "BOOLEAN";
    case RecordKind::integer:
    case RecordKind::time: break;
  }
  return "BIGINT";
}

// As it was written: nothing is guessed.
std::string read_log(const Path& log, const std::vector<RecordColumn>& columns) {
  std::string list;
  for (const RecordColumn& column : columns)
    list += fmt::format("{}{}: '{}'", list.empty() ? "" : ", ", sql_text(column.name), sql_type(column.kind));
  return fmt::format(
      "read_csv({}, header = false, auto_detect = false, delim = ',', quote = '\"', escape = '\"', "
      "nullstr = '', allow_quoted_nulls = false, parallel = false, strict_mode = true, "
      "buffer_size = 4194304, max_line_size = 2097152, columns = {{{}}})",
      sql_text(std::filesystem::absolute(log).string()), list);
}

std::string timestamp(const std::string& name) {
  return fmt::format("CASE WHEN {0} BETWEEN {1} AND {2} THEN make_timestamp({0}) END", sql_name(name),
                     kFirstUs, kLastUs);
}

std::string day_column() {
  return fmt::format("coalesce(strftime({}, '%Y-%m-%d'), 'unknown')", timestamp("event_time"));
}

}  // namespace

Path columns_note(const Path& log) {
  Path path = log;
  return path += ".columns";
}

Result<void> note_columns(const Path& log, const std::vector<RecordColumn>& columns) {
  nlohmann::json json = nlohmann::json::array();
  for (const RecordColumn& column : columns)
    json.push_back({column.name, kKindNames[static_cast<std::size_t>(column.kind)]});
  return write_file_atomically(columns_note(log), json.dump() + "\n");
}

Result<std::vector<RecordColumn>> columns_of_log(const Path& log) {
  const Path path = columns_note(log);
  CHURNSTREAM_TRY_ASSIGN(const std::string text, read_file(path, kNoteBytesMax));
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  const auto damaged = [&] { return wrong("reading", path.string(), "it does not name columns"); };
  if (!json.is_array() || json.empty()) return damaged();
  std::vector<RecordColumn> columns;
  for (const nlohmann::json& column : json) {
    if (!column.is_array() || column.size() != 2 || !column[0].is_string() || !column[1].is_string())
      return damaged();
    const auto kind = std::find(kKindNames.begin(), kKindNames.end(), column[1].get<std::string>());
    if (kind == kKindNames.end()) return damaged();
    columns.push_back({column[0], static_cast<RecordKind>(kind - kKindNames.begin())});
  }
  return columns;
}

void append_to_log(std::string& out, const ScoredRecord& record, const ScoredBatch& rows, std::size_t row) {
  for (std::size_t column = 0; column < record.columns().size(); ++column) {
    if (column > 0) out += ',';
    std::visit(AppendCell{out}, record.cell(rows, row, column));
  }
  out += '\n';
}

std::string day_of(EpochMicros time_us) {
  return time_us < kFirstUs || time_us > kLastUs ? "unknown" : rfc3339(time_us).substr(0, 10);
}

std::string select_from_log(const Path& log, const std::vector<RecordColumn>& columns, bool times_as_text) {
  std::string list;
  for (const RecordColumn& column : columns) {
    const std::string name = sql_name(column.name);
    if (column.kind != RecordKind::time)
      list += name;
    else if (times_as_text)
      list += fmt::format("strftime({}, '%Y-%m-%dT%H:%M:%S.%fZ') AS {}", timestamp(column.name), name);
    else
      list += fmt::format("CAST({} AS TIMESTAMPTZ) AS {}", timestamp(column.name), name);
    list += ", ";
  }
  return fmt::format("SELECT {}{} AS day FROM {}", list, day_column(), read_log(log, columns));
}

std::string days_in_log(const Path& log, const std::vector<RecordColumn>& columns) {
  return fmt::format(
      "SELECT {} AS day, count(*)::BIGINT AS num_rows, min(source_offset) AS first_offset, "
      "max(source_offset) AS last_offset FROM {} GROUP BY 1 ORDER BY 1",
      day_column(), read_log(log, columns));
}

}  // namespace churnstream
