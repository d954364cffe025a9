// Every option of every part is declared once, here in form and beside its part in fact. Checking,
// `churnstream options` and the reference page come from the declaration.
//
//   Options sqlite_options() {
//     Options options("sink.sqlite", "Scores into a SQLite file: exactly once.");
//     options.text("path", "The database file.").required();
//     options.integer("batch_rows", "Most rows in one transaction.").between(1, 65'536).fallback(4'096);
//     return options;
//   }
//
// Parsing gives a Config: the checked values of one section, every declared option present unless optional.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace churnstream {

enum class OptionKind {
  text,
  path,
  secret,
  integer,
  number,
  flag,
  duration,
  texts,
  numbers,
  table,
  text_table,
  properties
};

using OptionValue = std::variant<std::monostate, std::string, std::int64_t, double, bool,
                                 std::chrono::nanoseconds, std::vector<std::string>, std::vector<double>,
                                 std::map<std::string, double>, std::map<std::string, std::string>>;

// One option. The setters return *this, so that a declaration reads as a sentence.
struct Option {
  std::string name;
  std::string sentence;  // what it does, with its unit
  OptionKind kind = OptionKind::text;
  bool is_required = false;
  OptionValue fallback_value;         // monostate: absent unless given
  std::optional<double> least, most;  // of a duration: in seconds; of an array or table: of each value
  std::vector<std::string> choices;

  Option& required();
  Option& fallback(OptionValue value);
  Option& between(double at_least, double at_most);
  Option& at_least(double bound);
  Option& one_of(std::vector<std::string> names);
};

class Options {
 public:
  Options(std::string section, std::string sentence);

  Option& text(std::string name, std::string sentence);
  Option& path(std::string name, std::string sentence);    // relative ones become relative to the config file
  Option& secret(std::string name, std::string sentence);  // ${ENV_NAME} or file:PATH only; never printed
  Option& integer(std::string name, std::string sentence);
  Option& number(std::string name, std::string sentence);
  Option& flag(std::string name, std::string sentence);
  Option& duration(std::string name, std::string sentence);  // "100ms", "2s", "5m", "1h", "7d"
  Option& texts(std::string name, std::string sentence);     // an array of strings
  Option& numbers(std::string name, std::string sentence);   // an array of numbers
  Option& table(std::string name,
                std::string sentence);  // an inline table of numbers: { TotalCharges = 0.0 }
  Option& text_table(std::string name, std::string sentence);  // of texts: { TotalCharges = "charges.total" }
  // A section of names that are somebody else's (librdkafka's), kept as text in Config::passed_on(). A name
  // that sounds secret takes ${ENV_NAME} or file:PATH only. At most one.
  Option& properties(std::string name, std::string sentence);

  const std::string& section() const { return section_; }
  const std::string& sentence() const { return sentence_; }
  const std::vector<Option>& all() const { return options_; }

 private:
  Option& add(OptionKind kind, std::string name, std::string sentence);
  std::string section_, sentence_;
  std::vector<Option> options_;
};

// The checked values of one section. The getters need: the option was declared with this kind and has a
// value.
class Config {
 public:
  bool has(std::string_view name) const;
  const std::string& text(std::string_view name) const;  // text, path and secret
  Path path(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  double number(std::string_view name) const;
  bool flag(std::string_view name) const;
  std::chrono::nanoseconds duration(std::string_view name) const;
  const std::vector<std::string>& texts(std::string_view name) const;
  const std::vector<double>& numbers(std::string_view name) const;
  const std::map<std::string, double>& table(std::string_view name) const;
  const std::map<std::string, std::string>& text_table(std::string_view name) const;
  const std::map<std::string, std::string>& passed_on() const { return passed_on_; }
  // A path as the file has it, before it became relative to the file's folder: what names a partition, so
  // that the folder one starts in does not matter.
  std::string as_written(std::string_view name) const;
  // Where the option stands, "run.toml:12", or the file alone when it is a default: for errors found later.
  std::string where(std::string_view name) const;

  // Used by the parser and by tests.
  void set(std::string name, OptionValue value, std::string where = {});
  void set_path(const std::string& name, const Path& folder);  // a value set before becomes relative to it
  void pass_on(std::string name, std::string value);

 private:
  const OptionValue& value(std::string_view name) const;
  std::map<std::string, OptionValue, std::less<>> values_;
  std::map<std::string, std::string, std::less<>> wheres_, written_;
  std::map<std::string, std::string> passed_on_;
};

}  // namespace churnstream
