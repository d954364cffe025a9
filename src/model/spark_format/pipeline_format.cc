#include "model/spark_format/pipeline_format.h"

#include <fcntl.h>
#include <unistd.h>

#include "model/spark_format/forest_format.h"
#include "model/spark_format/notes_format.h"
#include "model/spark_format/stage_format.h"

namespace churnstream {
namespace {

constexpr const char* kPipelineClass = "org.apache.spark.ml.PipelineModel";
constexpr const char* kTuningClasses[] = {"org.apache.spark.ml.tuning.CrossValidatorModel",
                                          "org.apache.spark.ml.tuning.TrainValidationSplitModel"};

namespace fs = std::filesystem;

tl::unexpected<Error> unknown_class(const Path& folder, const std::string& class_name) {
  const bool is_unfitted = class_name == "org.apache.spark.ml.Pipeline";
  return wrong("reading the model", folder.string(), "we do not know the class " + class_name.substr(0, 200),
               is_unfitted ? "this pipeline was never fitted: save what fit() gives"
                           : "docs/formats/model.md lists what we read");
}

Result<std::vector<std::string>> stage_uids(const Path& path, const StageMetadata& metadata) {
  const nlohmann::json& uids = metadata.params.get("stageUids");
  if (!uids.is_array() || uids.empty())
    return wrong("reading the model", path.string(), "its \"stageUids\" are missing or none");
  std::vector<std::string> names;
  for (const nlohmann::json& uid : uids) {
    if (!uid.is_string() || uid.get_ref<const std::string&>().find('/') != std::string::npos)
      return wrong("reading the model", path.string(), "one of its \"stageUids\" is no name");
    names.push_back(uid.get<std::string>());
  }
  return names;
}

Result<std::shared_ptr<const PipelineModel>> read_stages(const Path& path, const StageMetadata& metadata,
                                                         Tables& tables) {
  CHURNSTREAM_TRY_ASSIGN(const std::vector<std::string> uids, stage_uids(path, metadata));
  std::vector<StagePointer> stages;
  for (std::size_t index = 0; index < uids.size(); ++index) {
    const Path folder = path / "stages" / stage_folder_name(index, uids.size(), uids[index]);
    CHURNSTREAM_TRY_ASSIGN(const StageMetadata of_stage, read_metadata(folder));
    if (of_stage.uid != uids[index])
      return wrong("reading the model", folder.string(), "its uid is another one: " + of_stage.uid);
    if (is_forest_class(of_stage.class_name)) {
      if (index + 1 != uids.size())
        return wrong("reading the model", path.string(),
                     "stages follow the predictor; we read none behind it");
      CHURNSTREAM_TRY_ASSIGN(Forest forest, read_forest(folder, of_stage, tables));
      CHURNSTREAM_TRY_ASSIGN(std::optional<ModelNotes> notes, read_notes(path));
      const std::string features = forest.features_column();
      return std::make_shared<const PipelineModel>(metadata.uid, std::move(stages), std::move(forest),
                                                   features, std::move(notes));
    }
    const StageFormat* format = find_stage_format(of_stage.class_name);
    if (format == nullptr) return unknown_class(folder, of_stage.class_name);
    CHURNSTREAM_TRY_ASSIGN(StagePointer stage, format->read(folder, of_stage, tables));
    stages.push_back(std::move(stage));
  }
  return wrong("reading the model", path.string(), "it ends without a predictor");
}

Result<void> check_notes(const Path& path, const PipelineModel& model) {
  if (!model.notes()) return {};
  const ModelNotes& notes = *model.notes();
  const Path file = path / "churnstream.json";
  if (!notes.class_labels.empty() && notes.class_labels.size() != model.predictor().num_classes)
    return wrong("reading the notes", file.string(),
                 "they name another number of classes than the model has");
  if (!notes.key.empty() && notes.raw.size() != 0 && !notes.raw.find(notes.key))
    return wrong("reading the notes", file.string(), "the key is none of the columns");
  return {};
}

// Everything of a finished directory reaches the disk before its name does.
Result<void> sync_folder(const Path& folder) {
  std::error_code problem;
  std::vector<Path> paths{folder};
  for (const auto& entry : fs::recursive_directory_iterator(folder, problem))
    if (!fs::is_empty(entry.path(), problem)) paths.push_back(entry.path());
  if (problem) return failed("saving the model", folder.string(), problem.message());
  for (const Path& path : paths) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const bool is_safe = descriptor >= 0 && ::fsync(descriptor) == 0;
    const std::string reason = is_safe ? "" : errno_text();
    if (descriptor >= 0) ::close(descriptor);
    if (!is_safe) return failed("saving the model", path.string(), reason);
  }
  return {};
}

Result<void> write_directory(const Path& path, const PipelineModel& model) {
  CHURNSTREAM_TRY_ASSIGN(const std::unique_ptr<Tables> tables, Tables::open());
  if (model.is_bare()) {
    CHURNSTREAM_TRY(write_forest(path, model.predictor(), *tables));
  } else {
    StageMetadata metadata{.class_name = kPipelineClass, .uid = model.uid()};
    nlohmann::json uids = nlohmann::json::array();
    for (const auto& stage : model.stages()) uids.push_back(stage->uid());
    uids.push_back(model.predictor().uid);
    metadata.params.set["stageUids"] = uids;
    CHURNSTREAM_TRY(write_metadata(path, metadata));
    const auto folder_of = [&](std::size_t index, const std::string& uid) {
      return path / "stages" / stage_folder_name(index, model.stages().size() + 1, uid);
    };
    for (std::size_t index = 0; index < model.stages().size(); ++index)
      CHURNSTREAM_TRY(
          write_stage(folder_of(index, model.stages()[index]->uid()), *model.stages()[index], *tables));
    CHURNSTREAM_TRY(
        write_forest(folder_of(model.stages().size(), model.predictor().uid), model.predictor(), *tables));
  }
  if (model.notes()) CHURNSTREAM_TRY(write_notes(path, *model.notes()));
  return sync_folder(path);
}

// Whether the place is free for a model: nothing there, an empty folder, or a model of before.
Result<void> check_place(const Path& place) {
  std::error_code problem;
  if (!fs::exists(place, problem)) return {};
  const bool is_folder = fs::is_directory(place, problem);
  if (is_folder && (fs::is_empty(place, problem) || read_metadata(place))) return {};
  return wrong("saving the model", place.string(), "something that is no model is there already",
               "choose another place, or remove it");
}

Result<void> put_in_place(const Path& made, const Path& place) {
  std::error_code problem;
  const Path before = place.parent_path() / ("." + place.filename().string() + ".before");
  fs::remove_all(before, problem);
  const bool has_before = fs::exists(place, problem);
  if (has_before) fs::rename(place, before, problem);
  if (!problem) fs::rename(made, place, problem);
  if (problem) {
    const std::string reason = problem.message();
    if (has_before && !fs::exists(place, problem)) fs::rename(before, place, problem);
    return failed("saving the model", place.string(), reason);
  }
  if (has_before) fs::remove_all(before, problem);
  return {};
}

}  // namespace

std::string stage_folder_name(std::size_t index, std::size_t num_stages, const std::string& uid) {
  const std::string number = std::to_string(index);
  const std::size_t width = std::to_string(num_stages).size();
  return std::string(width - std::min(width, number.size()), '0') + number + "_" + uid;
}

Result<std::shared_ptr<const PipelineModel>> read_pipeline(const Path& path) {
  CHURNSTREAM_TRY_ASSIGN(const StageMetadata metadata, read_metadata(path));
  for (const char* tuning : kTuningClasses)
    if (metadata.class_name == tuning) {
      CHURNSTREAM_TRY_ASSIGN(const StageMetadata best, read_metadata(path / "bestModel"));
      if (best.class_name != metadata.class_name) return read_pipeline(path / "bestModel");
    }
  CHURNSTREAM_TRY_ASSIGN(const std::unique_ptr<Tables> tables, Tables::open());
  std::shared_ptr<const PipelineModel> model;
  if (metadata.class_name == kPipelineClass) {
    CHURNSTREAM_TRY_ASSIGN(model, read_stages(path, metadata, *tables));
  } else if (is_forest_class(metadata.class_name)) {
    CHURNSTREAM_TRY_ASSIGN(Forest forest, read_forest(path, metadata, *tables));
    CHURNSTREAM_TRY_ASSIGN(std::optional<ModelNotes> notes, read_notes(path));
    const std::string features = forest.features_column();
    model = std::make_shared<const PipelineModel>(metadata.uid, std::vector<StagePointer>(),
                                                  std::move(forest), features, std::move(notes));
  } else {
    return unknown_class(path, metadata.class_name);
  }
  CHURNSTREAM_TRY(check_notes(path, *model));
  return model;
}

Result<void> write_pipeline(const Path& path, const PipelineModel& model) {
  std::error_code problem;
  Path place = fs::weakly_canonical(fs::absolute(path), problem);
  if (place.filename().empty()) place = place.parent_path();
  CHURNSTREAM_TRY(check_place(place));
  CHURNSTREAM_TRY(make_folders(place.parent_path()));
  const Path made =
      place.parent_path() / ("." + place.filename().string() + ".part" + std::to_string(::getpid()));
  fs::remove_all(made, problem);
  auto outcome = write_directory(made, model);
  if (outcome) outcome = put_in_place(made, place);
  if (!outcome) fs::remove_all(made, problem);
  return outcome;
}

}  // namespace churnstream
