// What every saved Spark ML stage has: metadata/, one line of JSON that says its class, uid and params. Also
// the rules by which Spark picks the files of a folder. Drawn in docs/formats/model.md. Any thread.
//
// Source: org.apache.spark.ml.util.{DefaultParamsReader, DefaultParamsWriter}.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "feature/param_maps.h"

namespace churnstream {

// The version whose form we write: every Spark since 3.0 loads it.
constexpr const char* kSparkVersionWritten = "3.5.0";

struct StageMetadata {
  std::string class_name;
  std::string uid;
  std::string spark_version = kSparkVersionWritten;
  ParamMaps params;
  std::optional<std::int64_t> timestamp_ms;         // when it was written, where that was said
  nlohmann::json extra = nlohmann::json::object();  // everything else: numFeatures, numTrees...
};

// JSON from outside: a syntax error or nesting beyond any real file is an Error that names `where`.
Result<nlohmann::json> parse_json(std::string_view text, std::string_view where);

Result<StageMetadata> parse_metadata(std::string_view text, std::string_view where);
// Of the stage saved in this folder.
Result<StageMetadata> read_metadata(const Path& stage);
// One line, keys sorted. Params as given: pass them through writable_params().
std::string metadata_text(const StageMetadata& metadata, std::int64_t timestamp_ms);
// Makes <stage>/metadata with its _SUCCESS. Needs: the folder is new.
Result<void> write_metadata(const Path& stage, const StageMetadata& metadata);

// A count among the extra fields, from `least` to `most`.
Result<std::int64_t> extra_count(const StageMetadata& metadata, const std::string& name, std::int64_t least,
                                 std::int64_t most);

// The files of a folder that Spark reads: hidden ones, _SUCCESS and half-copied ones are none. Sorted. An
// error when there are none.
Result<std::vector<Path>> data_files(const Path& folder);
// Makes <stage>/<name>/ and says how its one Parquet file is called; `content` makes the name unique.
Result<Path> new_data_file(const Path& stage, const std::string& name, std::string_view content);
// The footer of a Parquet file that Spark reads: its schema in Spark's JSON.
std::map<std::string, std::string> spark_footer(const std::string& schema_fields);

}  // namespace churnstream
