#include "feature/param_maps.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace churnstream {
namespace {

const nlohmann::json kNothing;

bool is_integer_param(const nlohmann::json& value) {
  if (value.is_number_unsigned())
    return value.get<std::uint64_t>() <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  return value.is_number_integer();
}

bool is_of_kind(const nlohmann::json& value, ParamKind kind) {
  const auto all = [&](auto&& test) {
    return value.is_array() && std::all_of(value.begin(), value.end(), test);
  };
  switch (kind) {
    case ParamKind::text: return value.is_string();
    case ParamKind::texts: return all([](const nlohmann::json& item) { return item.is_string(); });
    case ParamKind::integer: return is_integer_param(value);
    case ParamKind::number: return is_number_param(value);
    case ParamKind::numbers: return all(is_number_param);
    case ParamKind::flag: return value.is_boolean();
  }
  return false;
}

const char* words_for(ParamKind kind) {
  switch (kind) {
    case ParamKind::text: return "text";
    case ParamKind::texts: return "a list of texts";
    case ParamKind::integer: return "a whole number";
    case ParamKind::number: return "a number";
    case ParamKind::numbers: return "a list of numbers";
    case ParamKind::flag: return "true or false";
  }
  return "";
}

// The value in the form that Spark can read back.
nlohmann::json as_written(const nlohmann::json& value, ParamKind kind) {
  if (kind == ParamKind::number) return json_of(number_of(value));
  if (kind != ParamKind::numbers) return value;
  nlohmann::json items = nlohmann::json::array();
  for (const nlohmann::json& item : value) items.push_back(json_of(number_of(item)));
  return items;
}

nlohmann::json only_known(const nlohmann::json& map, const ParamList& list) {
  nlohmann::json known = nlohmann::json::object();
  for (const Param& param : list)
    if (const auto found = map.find(param.name); found != map.end())
      known[param.name] = as_written(*found, param.kind);
  return known;
}

}  // namespace

const nlohmann::json& ParamMaps::get(const std::string& name) const {
  if (const auto found = set.find(name); found != set.end()) return *found;
  if (const auto found = fallback.find(name); found != fallback.end()) return *found;
  return kNothing;
}

const nlohmann::json& effective_param(const ParamMaps& params, const ParamList& list, std::string_view name) {
  if (const nlohmann::json& given = params.get(std::string(name)); !given.is_null()) return given;
  for (const Param& param : list)
    if (param.name == name) return param.fallback;
  return kNothing;
}

Result<void> check_params(const ParamMaps& params, const ParamList& list, std::string_view owner) {
  const std::string doing = "reading the params of " + std::string(owner);
  if (!params.set.is_object() || !params.fallback.is_object())
    return wrong(doing, {}, "paramMap or defaultParamMap is no JSON object");
  for (const nlohmann::json* map : {&params.set, &params.fallback})
    for (const Param& param : list) {
      const auto found = map->find(param.name);
      if (found != map->end() && !is_of_kind(*found, param.kind))
        return wrong(doing, {}, "\"" + param.name + "\" is not " + words_for(param.kind));
    }
  return {};
}

ParamMaps writable_params(const ParamMaps& params, const ParamList& list) {
  ParamMaps known{only_known(params.set, list), only_known(params.fallback, list)};
  for (const Param& param : list)
    if (!param.fallback.is_null() && !known.fallback.contains(param.name))
      known.fallback[param.name] = param.fallback;
  return known;
}

void add_params_to_fingerprint(Sha256& hash, const ParamMaps& params, const ParamList& list) {
  for (const Param& param : list) {
    const bool is_default_fleeting = param.name == "seed" || param.name == "outputCol";
    const nlohmann::json& value = is_default_fleeting && !params.set.contains(param.name)
                                      ? kNothing
                                      : effective_param(params, list, param.name);
    hash.add_text(param.name);
    hash.add_text(value.is_null() ? "" : as_written(value, param.kind).dump());
  }
}

nlohmann::json json_of(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Inf" : "-Inf";
  return value;
}

bool is_number_param(const nlohmann::json& value) {
  return value.is_number() || value == "NaN" || value == "Inf" || value == "-Inf";
}

double number_of(const nlohmann::json& value) {
  if (value.is_number()) return value.get<double>();
  if (value == "NaN") return std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  return value == "Inf" ? infinity : -infinity;
}

const char* name_of(HandleInvalid handle_invalid) {
  switch (handle_invalid) {
    case HandleInvalid::error: return "error";
    case HandleInvalid::skip: return "skip";
    case HandleInvalid::keep: return "keep";
  }
  return "";
}

Result<HandleInvalid> handle_invalid_of(std::string_view name) {
  for (const auto known : {HandleInvalid::error, HandleInvalid::skip, HandleInvalid::keep})
    if (name == name_of(known)) return known;
  return wrong("reading handleInvalid", "\"" + std::string(name) + "\"", "there is no such way",
               "error, skip or keep");
}

Result<StageColumns> stage_columns(const ParamMaps& params, const std::string& uid) {
  const nlohmann::json& in = params.get("inputCol");
  const nlohmann::json& ins = params.get("inputCols");
  const nlohmann::json& out = params.get("outputCol");
  const nlohmann::json& outs = params.get("outputCols");
  StageColumns columns;
  if (!ins.is_null()) {
    columns.in = ins.get<std::vector<std::string>>();
    if (!outs.is_null()) columns.out = outs.get<std::vector<std::string>>();
  } else if (!in.is_null()) {
    columns.in = {in.get<std::string>()};
    columns.out = {out.is_null() ? uid + "__output" : out.get<std::string>()};
  }
  if (columns.in.empty()) return wrong("reading the params of", uid, "it names no input column");
  if (columns.in.size() != columns.out.size())
    return wrong("reading the params of", uid,
                 "inputCols names " + std::to_string(columns.in.size()) + " columns, outputCols " +
                     std::to_string(columns.out.size()));
  return columns;
}

void set_stage_columns(ParamMaps& params, const StageColumns& columns) {
  insist(columns.in.size() == columns.out.size(), "every input column has its output column");
  const bool is_single = columns.in.size() == 1;
  params.set[is_single ? "inputCol" : "inputCols"] =
      is_single ? nlohmann::json(columns.in[0]) : nlohmann::json(columns.in);
  params.set[is_single ? "outputCol" : "outputCols"] =
      is_single ? nlohmann::json(columns.out[0]) : nlohmann::json(columns.out);
}

std::string make_uid(std::string_view prefix, std::string_view basis) {
  return std::string(prefix) + "_" + sha256_hex(basis).substr(0, 12);
}

}  // namespace churnstream
