// The params of a Spark ML stage as its metadata holds them, and the lists of params that each class has. A
// value is looked up as Spark does: what somebody set, else the saved default, else the default of the class.
// Plain values; any thread.
//
// Source: org.apache.spark.ml.param.{Params, Param}, org.apache.spark.ml.util.DefaultParamsReader.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/sha256.h"

namespace churnstream {

struct ParamMaps {
  nlohmann::json set = nlohmann::json::object();
  nlohmann::json fallback = nlohmann::json::object();

  // The value of a param: set, else default; null when neither has it.
  const nlohmann::json& get(const std::string& name) const;
};

enum class ParamKind { text, texts, integer, number, numbers, flag };

// One param of a class. `fallback` is the default of the class, null where it has none.
struct Param {
  std::string name;
  ParamKind kind = ParamKind::text;
  nlohmann::json fallback;
};

// The params that a class has had since Spark 3.0, in the order of their names: what is written, since an
// older Spark refuses a param it does not know, and what the fingerprint covers.
using ParamList = std::vector<Param>;

// The effective value by the list: set, saved default, default of the class; null when there is none.
const nlohmann::json& effective_param(const ParamMaps& params, const ParamList& list, std::string_view name);

// An error naming `owner` and the param when a value that the list knows is of another kind. Params that the
// list does not know are left alone: newer Sparks add some.
Result<void> check_params(const ParamMaps& params, const ParamList& list, std::string_view owner);

// Both maps with only the params of the list, the defaults of the class filled in, numbers as Spark wants
// them
// ("NaN" and infinities as text, a point in every double). Needs: check_params() was content.
ParamMaps writable_params(const ParamMaps& params, const ParamList& list);

// Names and effective values, in the order of the list. Defaults that Spark makes anew for each object, the
// seed and the output column named after the uid, count only where somebody set them: loading and saving a
// model changes them. Needs: check_params() was content.
void add_params_to_fingerprint(Sha256& hash, const ParamMaps& params, const ParamList& list);

// A double as Spark writes it into metadata, and back: "NaN", "Inf" and "-Inf" are text.
// Needs of number_of: is_number_param(value).
nlohmann::json json_of(double value);
double number_of(const nlohmann::json& value);
bool is_number_param(const nlohmann::json& value);

// What becomes of a value that a stage cannot work with: the row is refused, dropped, or goes on in a place
// of its own.
enum class HandleInvalid { error, skip, keep };
const char* name_of(HandleInvalid handle_invalid);
Result<HandleInvalid> handle_invalid_of(std::string_view name);

// What a stage reads and writes, from inputCol and outputCol or from inputCols and outputCols.
struct StageColumns {
  std::vector<std::string> in, out;
};
Result<StageColumns> stage_columns(const ParamMaps& params, const std::string& uid);
// The reverse: one column in the single form, several in the other. Needs: in.size() == out.size().
void set_stage_columns(ParamMaps& params, const StageColumns& columns);

// An identifier as Spark's look, "StringIndexer_1a2b3c4d5e6f", but made from `basis`, so that the same
// fitting gives the same bytes.
std::string make_uid(std::string_view prefix, std::string_view basis);

}  // namespace churnstream
