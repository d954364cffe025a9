#include "sink/closed_files.h"

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/sql_text.h"
#include "sink/rolled_form.h"
#include "table/duckdb_table.h"

namespace churnstream {
namespace {

constexpr std::uint64_t kManifestBytesMax = std::uint64_t{4} << 30;
constexpr EpochMicros kDayUs = 86'400'000'000;
constexpr const char* kForgetting =
    ".rolling/forgetting";  // what is left of it goes when the folder is opened

// Of the end of a day; nothing for "unknown".
std::optional<EpochMicros> end_of(const std::string& day) {
  const std::optional<EpochMicros> begin = parse_rfc3339(day + "T00:00:00Z");
  return begin ? std::optional(*begin + kDayUs) : std::nullopt;
}

Result<void> write_manifest(AppendedFile& manifest, const std::vector<ClosedFile>& files) {
  std::string lines;
  for (const ClosedFile& file : files) lines += manifest_line(file);
  CHURNSTREAM_TRY(write_file_atomically(manifest.next_path(), lines));
  return manifest.take_next();
}

Result<void> remove_file(const Path& path) {
  std::error_code problem;
  std::filesystem::remove(path, problem);
  if (problem) return failed("removing", path.string(), problem.message());
  return sync_to_disk(path.parent_path());
}

Result<std::int64_t> one_number(Tables& tables, const std::string& select) {
  CHURNSTREAM_TRY_ASSIGN(const Table answer, tables.read(select));
  if (answer.num_rows() != 1) return failed("counting", {}, "there is no answer");
  return answer.columns[0].integers[0];
}

// The file's rows, each value as it is written there.
Result<std::string> rows_in(Tables& tables, const Path& path) {
  if (ClosedForm::of(path).format != RolledFormat::jsonl) return rows_of_closed_file(path);
  CHURNSTREAM_TRY_ASSIGN(
      const Table names,
      tables.read("SELECT unnest(json_keys(json)) AS name FROM (SELECT json FROM read_ndjson_objects(" +
                  sql_text(path.string()) + ") LIMIT 1)"));
  std::string columns;
  for (const std::string& name : names["name"].texts)
    columns += fmt::format("{}{}: 'JSON'", columns.empty() ? "" : ", ", sql_text(name));
  return fmt::format("read_ndjson({}, columns = {{{}}}, hive_partitioning = false)", sql_text(path.string()),
                     columns);
}

// The customer of a row; in JSON the value is in quotes.
std::string customer_in(const Path& path) {
  return ClosedForm::of(path).format == RolledFormat::jsonl ? "(customer_id ->> '$')" : "customer_id";
}

Result<std::int64_t> rows_of(Tables& tables, const Path& path, const std::string& customer) {
  CHURNSTREAM_TRY_ASSIGN(const std::string rows, rows_in(tables, path));
  return one_number(tables, fmt::format("SELECT count(*)::BIGINT FROM {} WHERE {} = {}", rows,
                                        customer_in(path), sql_text(customer)));
}

Result<void> write_without(Tables& tables, const Path& folder, const ClosedFile& file,
                           const std::string& customer) {
  const Path path = folder / file.file, anew = folder / kForgetting;
  std::error_code problem;
  std::filesystem::remove_all(anew, problem);
  if (problem) return failed("removing", anew.string(), problem.message());
  CHURNSTREAM_TRY_ASSIGN(const std::string rows, rows_in(tables, path));
  CHURNSTREAM_TRY(
      tables.write_files(fmt::format("SELECT *, {} AS day FROM {} WHERE {} IS DISTINCT FROM {}",
                                     sql_text(file.day), rows, customer_in(path), sql_text(customer)),
                         "day", {file.day}, anew, ClosedForm::of(path).copy_form()));
  const Path place = anew / ("day=" + file.day);
  CHURNSTREAM_TRY_ASSIGN(const auto names, list_folder(place));
  if (names.size() != 1) return failed("writing", place.string(), "DuckDB wrote more than one file");
  CHURNSTREAM_TRY(sync_to_disk(place / names[0]));
  if (std::rename((place / names[0]).c_str(), path.c_str()) != 0)
    return failed("moving into place", path.string(), errno_text());
  CHURNSTREAM_TRY(sync_to_disk(path.parent_path()));
  std::filesystem::remove_all(anew, problem);
  return {};
}

}  // namespace

std::string manifest_line(const ClosedFile& file) {
  return nlohmann::ordered_json{{"file", file.file},
                                {"day", file.day},
                                {"topic", file.partition.topic},
                                {"partition", file.partition.number},
                                {"first_offset", file.first_offset},
                                {"last_offset", file.last_offset},
                                {"rows", file.rows},
                                {"stem", file.stem}}
             .dump() +
         "\n";
}

Result<std::vector<ClosedFile>> read_manifest(const Path& manifest) {
  std::vector<ClosedFile> files;
  std::error_code ignored;
  if (!std::filesystem::exists(manifest, ignored)) return files;
  CHURNSTREAM_TRY_ASSIGN(const std::string lines, read_file(manifest, kManifestBytesMax));
  for (std::size_t begin = 0, end; (end = lines.find('\n', begin)) != std::string::npos; begin = end + 1) {
    try {
      const nlohmann::json line = nlohmann::json::parse(lines.substr(begin, end - begin));
      files.push_back({line.at("file").get<std::string>(),
                       line.at("day").get<std::string>(),
                       {line.at("topic").get<std::string>(), line.at("partition").get<std::int32_t>()},
                       line.at("first_offset").get<std::int64_t>(),
                       line.at("last_offset").get<std::int64_t>(),
                       line.at("rows").get<std::int64_t>(),
                       line.at("stem").get<std::string>()});
    } catch (const nlohmann::json::exception&) {
      return wrong("reading", manifest.string(), "it is not in our format");
    }
    const Path path = files.back().file;
    if (path.is_absolute() || path.lexically_normal() != path || path.string().starts_with(".."))
      return wrong("reading", manifest.string(), "it names a file outside of its folder");
  }
  return files;
}

Result<std::size_t> remove_old_files(const Path& folder, AppendedFile& manifest, EpochMicros before_us) {
  CHURNSTREAM_TRY_ASSIGN(const std::vector<ClosedFile> files, read_manifest(folder / kClosedManifest));
  std::vector<ClosedFile> kept;
  for (const ClosedFile& file : files) {
    const std::optional<EpochMicros> end = end_of(file.day);
    if (!end || *end > before_us) {
      kept.push_back(file);
      continue;
    }
    const Path path = folder / file.file;
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) CHURNSTREAM_TRY(remove_file(path));
    std::filesystem::remove(path.parent_path(), ignored);  // the day's folder, once it is empty
  }
  if (kept.size() < files.size()) CHURNSTREAM_TRY(write_manifest(manifest, kept));
  return files.size() - kept.size();
}

Result<std::vector<std::int64_t>> count_in_files(const Path& folder, const std::vector<ClosedFile>& files,
                                                 const std::string& customer) {
  CHURNSTREAM_TRY_ASSIGN(const auto tables, Tables::open());
  std::vector<std::int64_t> counts;
  for (const ClosedFile& file : files) {
    std::error_code ignored;
    const bool is_there = std::filesystem::exists(folder / file.file, ignored);
    counts.push_back(0);
    if (is_there) {
      CHURNSTREAM_TRY_ASSIGN(counts.back(), rows_of(*tables, folder / file.file, customer));
    }
  }
  return counts;
}

Result<Erasure> forget_in_files(const Path& folder, AppendedFile& manifest, const std::string& customer) {
  CHURNSTREAM_TRY_ASSIGN(const std::vector<ClosedFile> files, read_manifest(folder / kClosedManifest));
  CHURNSTREAM_TRY_ASSIGN(const auto tables, Tables::open());
  std::vector<ClosedFile> kept;
  std::uint64_t rows_erased = 0;
  bool has_changed = false;
  for (ClosedFile file : files) {
    const Path path = folder / file.file;
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) {  // emptied by one of us that died
      has_changed = true;
      continue;
    }
    CHURNSTREAM_TRY_ASSIGN(const std::int64_t theirs, rows_of(*tables, path, customer));
    CHURNSTREAM_TRY_ASSIGN(const std::string all, rows_in(*tables, path));
    CHURNSTREAM_TRY_ASSIGN(const std::int64_t rows,
                           one_number(*tables, "SELECT count(*)::BIGINT FROM " + all));
    rows_erased += static_cast<std::uint64_t>(theirs);
    has_changed = has_changed || theirs > 0 || rows != file.rows;
    file.rows = rows - theirs;
    if (theirs > 0 && file.rows > 0) CHURNSTREAM_TRY(write_without(*tables, folder, file, customer));
    if (file.rows > 0) {
      kept.push_back(std::move(file));
      continue;
    }
    CHURNSTREAM_TRY(remove_file(path));
    std::filesystem::remove(path.parent_path(), ignored);  // the day's folder, once it is empty
  }
  if (has_changed) CHURNSTREAM_TRY(write_manifest(manifest, kept));
  return Erasure{{{"closed files", rows_erased}}, {}};
}

}  // namespace churnstream
