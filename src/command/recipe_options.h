// Every option of a recipe.toml, section by section. recipe.cc turns what was given into a Recipe.
#pragma once

#include <array>

#include "config/options.h"

namespace churnstream {

// The values of [model] type.
constexpr const char* kForestType = "random_forest_classifier";
constexpr const char* kTreeType = "decision_tree_classifier";

// An option of [gates] and the figure of cross-validation that it bounds.
struct GateOption {
  const char* option;
  const char* figure;
  bool is_least;
};
constexpr std::array<GateOption, 6> kGates{{
    {"auc_min", "AUC", true},
    {"accuracy_min", "accuracy", true},
    {"lift_10_min", "lift@10%", true},
    {"log_loss_max", "log-loss", false},
    {"brier_max", "Brier", false},
    {"ece_max", "ECE", false},
}};

Options recipe_data_options();
Options recipe_prepare_options();
Options recipe_features_options();
Options recipe_forest_options();  // [model] of kForestType
Options recipe_tree_options();    // [model] of kTreeType
Options recipe_split_options();
Options recipe_gates_options();
Options recipe_output_options();

}  // namespace churnstream
