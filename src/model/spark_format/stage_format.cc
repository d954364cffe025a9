#include "model/spark_format/stage_format.h"

#include <strings.h>

#include <algorithm>

namespace churnstream {

const StageFormat* find_stage_format(std::string_view class_name) {
  static const StageFormat* const kKnown[] = {&kStringIndexerFormat, &kImputerFormat,
                                              &kVectorAssemblerFormat};
  for (const StageFormat* format : kKnown)
    if (class_name == format->class_name) return format;
  return nullptr;
}

Result<void> write_stage(const Path& folder, const FeatureStage& stage, Tables& tables) {
  const StageFormat* format = find_stage_format(stage.class_name());
  insist(format != nullptr, "a stage that is saved has a format");
  CHURNSTREAM_TRY(write_metadata(folder, {.class_name = stage.class_name(),
                                          .uid = stage.uid(),
                                          .params = writable_params(stage.params(), stage.param_list())}));
  return format->write_data(folder, stage, tables);
}

std::string spark_field(std::string_view name, std::string_view type, bool nullable) {
  return R"({"name":)" + nlohmann::json(name).dump() + R"(,"type":)" + std::string(type) + R"(,"nullable":)" +
         (nullable ? "true" : "false") + R"(,"metadata":{}})";
}

Result<Table> read_model_table(Tables& tables, const std::string& select, const Path& folder) {
  auto table = tables.read(select);
  if (!table) return wrong("reading the model", folder.string(), table.error().message);
  return table;
}

Result<std::vector<std::string>> column_names(Tables& tables, const std::string& from, const Path& folder) {
  CHURNSTREAM_TRY_ASSIGN(
      const Table table,
      read_model_table(tables, "SELECT column_name FROM (DESCRIBE SELECT * FROM " + from + ")", folder));
  return table["column_name"].texts;
}

bool has_column(const std::vector<std::string>& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& known) {
    return known.size() == name.size() && strncasecmp(known.data(), name.data(), name.size()) == 0;
  });
}

}  // namespace churnstream
