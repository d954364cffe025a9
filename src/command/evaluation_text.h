// Evaluations as people read them, aligned lines, and as programs do, JSON. All digits: doubles in the
// shortest form that reads back.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "command/cross_validation.h"
#include "train/evaluation.h"

namespace churnstream {

// "accuracy        0.8056801195814649\n": a name and a value under each other with its neighbours.
std::string line_of(const std::string& name, const std::string& value);

// "7,043": counts for people.
std::string with_commas(std::uint64_t count);

// `part` stands before the first word: "test accuracy".
std::string evaluation_text(const Evaluation& evaluation, const std::vector<std::string>& class_labels,
                            const std::string& value_column, const std::string& part);
nlohmann::ordered_json evaluation_json(const Evaluation& evaluation,
                                       const std::vector<std::string>& class_labels);

std::string cross_validation_text(const CrossValidation& validation);
nlohmann::ordered_json cross_validation_json(const CrossValidation& validation);

}  // namespace churnstream
