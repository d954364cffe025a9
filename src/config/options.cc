#include "config/options.h"

#include <algorithm>

#include "config/duration.h"

namespace churnstream {
namespace {

// Whether a value is of the shape that options of this kind hold.
bool fits(OptionKind kind, const OptionValue& value) {
  switch (kind) {
    case OptionKind::text:
    case OptionKind::path:
    case OptionKind::secret: return std::holds_alternative<std::string>(value);
    case OptionKind::integer: return std::holds_alternative<std::int64_t>(value);
    case OptionKind::number: return std::holds_alternative<double>(value);
    case OptionKind::flag: return std::holds_alternative<bool>(value);
    case OptionKind::duration: return std::holds_alternative<std::chrono::nanoseconds>(value);
    case OptionKind::texts: return std::holds_alternative<std::vector<std::string>>(value);
    case OptionKind::numbers: return std::holds_alternative<std::vector<double>>(value);
    case OptionKind::properties: return false;
    case OptionKind::table: return std::holds_alternative<std::map<std::string, double>>(value);
    case OptionKind::text_table: return std::holds_alternative<std::map<std::string, std::string>>(value);
  }
  return false;
}

template <typename T>
const T& value_as(const OptionValue& value) {
  const T* typed = std::get_if<T>(&value);
  insist(typed != nullptr, "an option is asked for as the kind it was declared with, and has a value");
  return *typed;
}

}  // namespace

Option& Option::required() {
  is_required = true;
  return *this;
}

// 1 is a fine default for a number, and "100ms" for a duration: declarations should read as config files do.
Option& Option::fallback(OptionValue value) {
  if (kind == OptionKind::number)
    if (const auto* whole = std::get_if<std::int64_t>(&value)) value = static_cast<double>(*whole);
  if (kind == OptionKind::duration)
    if (const auto* text = std::get_if<std::string>(&value))
      if (const auto duration = parse_duration(*text)) value = *duration;
  insist(fits(kind, value), "an option's default is of its own kind");
  fallback_value = std::move(value);
  return *this;
}

Option& Option::between(double at_least, double at_most) {
  least = at_least;
  most = at_most;
  return *this;
}

Option& Option::at_least(double bound) {
  least = bound;
  return *this;
}

Option& Option::one_of(std::vector<std::string> names) {
  choices = std::move(names);
  return *this;
}

Options::Options(std::string section, std::string sentence)
    : section_(std::move(section)), sentence_(std::move(sentence)) {}

Option& Options::text(std::string name, std::string sentence) {
  return add(OptionKind::text, std::move(name), std::move(sentence));
}
Option& Options::path(std::string name, std::string sentence) {
  return add(OptionKind::path, std::move(name), std::move(sentence));
}
Option& Options::secret(std::string name, std::string sentence) {
  return add(OptionKind::secret, std::move(name), std::move(sentence));
}
Option& Options::integer(std::string name, std::string sentence) {
  return add(OptionKind::integer, std::move(name), std::move(sentence));
}
Option& Options::number(std::string name, std::string sentence) {
  return add(OptionKind::number, std::move(name), std::move(sentence));
}
Option& Options::flag(std::string name, std::string sentence) {
  return add(OptionKind::flag, std::move(name), std::move(sentence));
}
Option& Options::duration(std::string name, std::string sentence) {
  return add(OptionKind::duration, std::move(name), std::move(sentence));
}
Option& Options::texts(std::string name, std::string sentence) {
  return add(OptionKind::texts, std::move(name), std::move(sentence));
}
Option& Options::numbers(std::string name, std::string sentence) {
  return add(OptionKind::numbers, std::move(name), std::move(sentence));
}
Option& Options::table(std::string name, std::string sentence) {
  return add(OptionKind::table, std::move(name), std::move(sentence));
}
Option& Options::text_table(std::string name, std::string sentence) {
  return add(OptionKind::text_table, std::move(name), std::move(sentence));
}

Option& Options::properties(std::string name, std::string sentence) {
  return add(OptionKind::properties, std::move(name), std::move(sentence));
}

Option& Options::add(OptionKind kind, std::string name, std::string sentence) {
  insist(std::none_of(options_.begin(), options_.end(), [&](const Option& o) { return o.name == name; }),
         "an option is declared once");
  Option option;
  option.name = std::move(name);
  option.sentence = std::move(sentence);
  option.kind = kind;
  options_.push_back(std::move(option));
  return options_.back();
}

bool Config::has(std::string_view name) const {
  const auto found = values_.find(name);
  return found != values_.end() && !std::holds_alternative<std::monostate>(found->second);
}

const OptionValue& Config::value(std::string_view name) const {
  const auto found = values_.find(name);
  insist(found != values_.end(), "an option that is asked for was declared, and is given or has a default");
  return found->second;
}

const std::string& Config::text(std::string_view name) const { return value_as<std::string>(value(name)); }
Path Config::path(std::string_view name) const { return text(name); }
std::int64_t Config::integer(std::string_view name) const { return value_as<std::int64_t>(value(name)); }
double Config::number(std::string_view name) const { return value_as<double>(value(name)); }
bool Config::flag(std::string_view name) const { return value_as<bool>(value(name)); }
std::chrono::nanoseconds Config::duration(std::string_view name) const {
  return value_as<std::chrono::nanoseconds>(value(name));
}
const std::vector<std::string>& Config::texts(std::string_view name) const {
  return value_as<std::vector<std::string>>(value(name));
}
const std::vector<double>& Config::numbers(std::string_view name) const {
  return value_as<std::vector<double>>(value(name));
}
const std::map<std::string, double>& Config::table(std::string_view name) const {
  return value_as<std::map<std::string, double>>(value(name));
}
const std::map<std::string, std::string>& Config::text_table(std::string_view name) const {
  return value_as<std::map<std::string, std::string>>(value(name));
}

std::string Config::where(std::string_view name) const {
  const auto found = wheres_.find(name);
  return found == wheres_.end() ? std::string() : found->second;
}

std::string Config::as_written(std::string_view name) const {
  const auto found = written_.find(name);
  return found == written_.end() ? text(name) : found->second;
}

void Config::set(std::string name, OptionValue value, std::string where) {
  wheres_[name] = std::move(where);
  values_[std::move(name)] = std::move(value);
}

void Config::set_path(const std::string& name, const Path& folder) {
  const std::string written = text(name);
  written_[name] = written;
  // An empty path means "none" and "-" a standard stream: neither lies in a folder.
  if (!written.empty() && written != "-")
    values_[name] = (folder / Path(written)).lexically_normal().string();
}

void Config::pass_on(std::string name, std::string value) { passed_on_[std::move(name)] = std::move(value); }

}  // namespace churnstream
