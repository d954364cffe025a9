// JSON as Power BI's project files have it. Any thread.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace churnstream {

inline std::string powerbi_schema(const std::string& name) {
  return "https://developer.microsoft.com/json-schemas/fabric/" + name + "/schema.json";
}

inline std::string powerbi_json(const nlohmann::ordered_json& object) { return object.dump(2) + "\n"; }

// A value of a formatting property, in the form of its query language: true, 1D, 'text'.
inline nlohmann::ordered_json literal(const std::string& value) {
  return {{"expr", {{"Literal", {{"Value", value}}}}}};
}

inline nlohmann::ordered_json text_literal(const std::string& text) {
  std::string quoted = "'";
  for (const char letter : text) quoted.append(letter == '\'' ? 2 : 1, letter);
  return literal(quoted + "'");
}

}  // namespace churnstream
