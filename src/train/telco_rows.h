// The Telco customers as the original's notebook prepared them, for tests of this room: read plainly, without
// the program's own source and decoder.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "data/record_batch.h"
#include "train/random_split.h"
#include "train/training_set.h"

namespace churnstream {

// One customer per row: every column but the key, the label last, as text; the parts of randomSplit.
struct TelcoRows {
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> rows;
  std::vector<std::size_t> train, test;

  std::size_t column(const std::string& name) const {
    return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
  }
};

inline const std::vector<std::string>& telco_numbers() {
  static const std::vector<std::string> kNames{"SeniorCitizen", "tenure", "MonthlyCharges", "TotalCharges"};
  return kNames;
}
inline const std::vector<std::string>& telco_categories() {
  static const std::vector<std::string> kNames{
      "gender",          "Partner",         "Dependents",   "PhoneService",     "MultipleLines",
      "InternetService", "OnlineSecurity",  "OnlineBackup", "DeviceProtection", "TechSupport",
      "StreamingTV",     "StreamingMovies", "Contract",     "PaperlessBilling", "PaymentMethod"};
  return kNames;
}

inline std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream in(line);
  for (std::string cell; std::getline(in, cell, ',');) cells.push_back(cell);
  return cells;
}

inline TelcoRows read_telco_rows() {
  std::ifstream in(CHURNSTREAM_SOURCE_DIR "/data/telco.csv");
  TelcoRows telco;
  std::string line;
  std::getline(in, line);
  telco.names = cells_of(line);
  telco.names.erase(telco.names.begin());
  while (std::getline(in, line)) {
    std::vector<std::string> cells = cells_of(line);
    cells.erase(cells.begin());
    telco.rows.push_back(std::move(cells));
  }
  std::sort(telco.rows.begin(), telco.rows.end());
  telco.rows.erase(std::unique(telco.rows.begin(), telco.rows.end()), telco.rows.end());
  std::erase_if(telco.rows, [&](const auto& row) { return row[telco.column("TotalCharges")] == " "; });

  std::vector<Column> columns;
  for (std::size_t c = 0; c < telco.names.size(); ++c) {
    const bool is_number = std::count(telco_numbers().begin(), telco_numbers().end(), telco.names[c]) > 0;
    columns.emplace_back(is_number ? ColumnType::number : ColumnType::text);
    for (const auto& row : telco.rows)
      is_number ? columns.back().add_number(std::stod(row[c])) : columns.back().add_text(row[c]);
  }
  std::vector<const Column*> pointers;
  for (const Column& column : columns) pointers.push_back(&column);
  const std::vector<double> weights{0.8, 0.2};
  auto parts = random_split(pointers, telco.rows.size(), weights, 42);
  telco.train = std::move(parts[0]);
  telco.test = std::move(parts[1]);
  return telco;
}

// Index encoding by frequency over all rows, ties by name.
inline std::map<std::string, std::uint32_t> telco_codes(const TelcoRows& telco, const std::string& name) {
  std::map<std::string, std::int64_t> counts;
  for (const auto& row : telco.rows) ++counts[row[telco.column(name)]];
  std::vector<std::pair<std::int64_t, std::string>> order;
  for (const auto& [text, count] : counts) order.emplace_back(-count, text);
  std::sort(order.begin(), order.end());
  std::map<std::string, std::uint32_t> codes;
  for (const auto& [count, text] : order) codes.emplace(text, codes.size());
  return codes;
}

inline TrainingSet telco_set(const TelcoRows& telco, const std::vector<std::size_t>& part) {
  TrainingSet set;
  set.num_features = 19;
  set.num_classes = 2;
  set.values.resize(part.size() * 19);
  std::size_t feature = 0;
  for (const std::string& name : telco_categories()) {
    const auto codes = telco_codes(telco, name);
    set.arities.push_back(static_cast<std::uint32_t>(codes.size()));
    for (std::size_t i = 0; i < part.size(); ++i)
      set.values[i * 19 + feature] = codes.at(telco.rows[part[i]][telco.column(name)]);
    ++feature;
  }
  for (const std::string& name : telco_numbers()) {
    set.arities.push_back(0);
    for (std::size_t i = 0; i < part.size(); ++i)
      set.values[i * 19 + feature] = std::stod(telco.rows[part[i]][telco.column(name)]);
    ++feature;
  }
  for (const std::size_t row : part) set.labels.push_back(telco.rows[row].back() == "Yes");
  return TrainingSet::make(std::move(set)).value();
}

}  // namespace churnstream
