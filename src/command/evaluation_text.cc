#include "command/evaluation_text.h"

#include <fmt/format.h>

#include <cmath>

#include "base/numbers.h"

namespace churnstream {
namespace {

constexpr std::size_t kNameWidth = 24;

// "[911, 95; 165, 167]": one row per true class.
std::string confusion_text(const ClassMetrics& classes) {
  std::string text;
  for (const auto& row : classes.confusion) {
    text += text.empty() ? "[" : "; ";
    for (std::size_t c = 0; c < row.size(); ++c) text += fmt::format("{}{}", c == 0 ? "" : ", ", row[c]);
  }
  return text + "]";
}

// The middle one of three campaigns: one without scores, this one, one that knows everything.
std::string profit_text(const Evaluation& evaluation) {
  const CampaignProfit& profit = *evaluation.profit;
  return fmt::format(
      "{} per customer when {:.1f} % are contacted; {:.4f} without scores, {:.4f} with perfect ones; MPC {} "
      "at {:.1f} %",
      shortest(profit.expected_maximum), 100 * profit.expected_share, evaluation.profit_without_scores,
      evaluation.profit_of_perfect_scores, shortest(profit.maximum), 100 * profit.maximum_share);
}

nlohmann::ordered_json profit_json(const Evaluation& evaluation) {
  return {{"empc", evaluation.profit->expected_maximum},
          {"empcShare", evaluation.profit->expected_share},
          {"empcWithoutScores", evaluation.profit_without_scores},
          {"empcOfPerfectScores", evaluation.profit_of_perfect_scores},
          {"mpc", evaluation.profit->maximum},
          {"mpcShare", evaluation.profit->maximum_share}};
}

nlohmann::ordered_json money_json(const ValueAtRisk& money) {
  return {{"expected", money.expected},
          {"standardDeviation", money.standard_deviation},
          {"actual", money.actual}};
}

}  // namespace

std::string line_of(const std::string& name, const std::string& value) {
  return fmt::format("{:<{}}{}\n", name, kNameWidth, value);
}

std::string with_commas(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
  return text;
}

std::string evaluation_text(const Evaluation& evaluation, const std::vector<std::string>& class_labels,
                            const std::string& value_column, const std::string& part) {
  const ClassMetrics& classes = evaluation.classes;
  std::string text = line_of(part + " accuracy", shortest(classes.accuracy));
  text += line_of("weighted F1", shortest(classes.f1));
  if (evaluation.area_under_roc) text += line_of("AUC", shortest(*evaluation.area_under_roc));
  if (evaluation.area_under_pr) text += line_of("area under PR", shortest(*evaluation.area_under_pr));
  text += line_of("confusion", confusion_text(classes));
  text += line_of("weighted precision", shortest(classes.weighted_precision));
  text += line_of("weighted recall", shortest(classes.weighted_recall));
  for (std::size_t label = 0; label < classes.by_label.size(); ++label) {
    const LabelMetrics& of_label = classes.by_label[label];
    text += line_of(
        "class " + class_labels[label],
        fmt::format("{} rows, precision {}, recall {}, F1 {}", with_commas(of_label.num_rows),
                    shortest(of_label.precision), shortest(of_label.recall), shortest(of_label.f_measure)));
  }
  text += line_of("log-loss", shortest(classes.log_loss));
  text += line_of("Brier", shortest(evaluation.brier));
  text += line_of("ECE", shortest(evaluation.ece));
  if (std::isfinite(evaluation.calibration.slope))
    text +=
        line_of("calibration", fmt::format("slope {}, intercept {}", shortest(evaluation.calibration.slope),
                                           shortest(evaluation.calibration.intercept)));
  text += line_of("lift@10%", shortest(evaluation.lift_10));
  if (evaluation.profit) text += line_of("EMPC", profit_text(evaluation));
  if (evaluation.money)
    text +=
        line_of("revenue at risk",
                fmt::format("{:.2f} +/- {:.2f} {} expected, {:.2f} really lost", evaluation.money->expected,
                            evaluation.money->standard_deviation, value_column, evaluation.money->actual));
  return text;
}

nlohmann::ordered_json evaluation_json(const Evaluation& evaluation,
                                       const std::vector<std::string>& class_labels) {
  const ClassMetrics& classes = evaluation.classes;
  nlohmann::ordered_json json = {
      {"rows", classes.num_rows}, {"accuracy", classes.accuracy}, {"f1", classes.f1}};
  if (evaluation.area_under_roc) json["areaUnderROC"] = *evaluation.area_under_roc;
  if (evaluation.area_under_pr) json["areaUnderPR"] = *evaluation.area_under_pr;
  json["confusion"] = classes.confusion;
  json["weightedPrecision"] = classes.weighted_precision;
  json["weightedRecall"] = classes.weighted_recall;
  json["weightedFalsePositiveRate"] = classes.weighted_false_positive_rate;
  json["hammingLoss"] = classes.hamming_loss;
  json["logLoss"] = classes.log_loss;
  for (std::size_t label = 0; label < classes.by_label.size(); ++label) {
    const LabelMetrics& of_label = classes.by_label[label];
    json["byLabel"][class_labels[label]] = {{"rows", of_label.num_rows},
                                            {"precision", of_label.precision},
                                            {"recall", of_label.recall},
                                            {"fMeasure", of_label.f_measure},
                                            {"falsePositiveRate", of_label.false_positive_rate}};
  }
  json["brier"] = evaluation.brier;
  json["ece"] = evaluation.ece;
  json["calibration"] = {{"slope", evaluation.calibration.slope},
                         {"intercept", evaluation.calibration.intercept}};
  json["lift10"] = evaluation.lift_10;
  if (evaluation.profit) json["profit"] = profit_json(evaluation);
  if (evaluation.money) json["revenueAtRisk"] = money_json(*evaluation.money);
  return json;
}

std::string cross_validation_text(const CrossValidation& validation) {
  std::string text;
  for (const ValidatedFigure& figure : validation.figures) {
    if (std::isnan(figure.mean)) continue;
    std::string value = fmt::format("{:.4f} +/- {:.4f}", figure.mean, figure.standard_deviation);
    if (figure.is_pooled)
      value += " over repeats";
    else
      value += fmt::format(" over folds, standard error {:.4f}", figure.standard_error);
    if (figure.name == "revenue at risk")
      value += fmt::format(", {:.2f} really lost", validation.money_actual);
    text += line_of(figure.name, value);
  }
  return text;
}

nlohmann::ordered_json cross_validation_json(const CrossValidation& validation) {
  nlohmann::ordered_json json;
  for (const ValidatedFigure& figure : validation.figures) {
    json[figure.name] = {{"mean", figure.mean}, {"standardDeviation", figure.standard_deviation}};
    if (!figure.is_pooled) json[figure.name]["standardError"] = figure.standard_error;
  }
  return json;
}

}  // namespace churnstream
