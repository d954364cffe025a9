#include "config/config_file.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

// Some hostile files break an assertion inside toml++ 3.3 (a control character where a key should begin), and
// in Debian's library it is an assumption of the optimiser. So it is compiled here, from its headers, where
// it is one more way of being no valid TOML.
#undef NDEBUG
#define TOML_HEADER_ONLY 1
[[noreturn]] static void refuse_as_toml() { throw std::runtime_error("this is no valid TOML"); }
#define TOML_ASSERT(truth) ((truth) ? void() : refuse_as_toml())
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include "base/numbers.h"
#include "config/duration.h"
#include "config/secret.h"
#include "config/source_lines.h"

namespace churnstream {
namespace {

constexpr std::uint64_t kConfigBytesMax = 1 << 20;  // People write these by hand.

SourcePlace place_of(const toml::source_region& region) { return {region.begin.line, region.begin.column}; }

std::string in_quotes(std::string_view text) { return '"' + printable(text) + '"'; }

// `; did you mean "x"?`, or nothing.
std::string did_you_mean(std::string_view name, const std::vector<std::string>& known) {
  const std::string nearest = nearest_name(name, known);
  return nearest.empty() ? nearest : "; did you mean " + in_quotes(nearest) + "?";
}

const char* kind_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::string: return "text";
    case toml::node_type::integer: return "a whole number";
    case toml::node_type::floating_point: return "a number";
    case toml::node_type::boolean: return "true or false";
    case toml::node_type::array: return "an array";
    case toml::node_type::table: return "a table";
    default: return "a date or time";
  }
}

const char* wanted_of(OptionKind kind) {
  switch (kind) {
    case OptionKind::text: return "a text in quotes";
    case OptionKind::path: return "a path in quotes";
    case OptionKind::secret: return "\"${ENV_NAME}\" or \"file:PATH\"";
    case OptionKind::integer: return "a whole number";
    case OptionKind::number: return "a number";
    case OptionKind::flag: return "true or false";
    case OptionKind::duration: return "a duration such as \"100ms\", \"2s\", \"5m\", \"1h\" or \"7d\"";
    case OptionKind::texts: return "an array of texts";
    case OptionKind::numbers: return "an array of numbers";
    case OptionKind::table: return "a table of numbers such as { a = 0.5 }";
  }
  return "";
}

// Whether the node is of the right shape but wrong inside, so that naming its shape would not help.
bool is_nearly(OptionKind kind, const toml::node& node) {
  if (kind == OptionKind::texts || kind == OptionKind::numbers) return node.is_array();
  if (kind == OptionKind::table) return node.is_table();
  if (kind == OptionKind::number) return node.is_floating_point();
  return kind == OptionKind::duration && node.is_string();
}

std::optional<double> finite_number(const toml::node& node) {
  const auto number = node.value<double>();  // whole numbers too
  return node.is_number() && number && std::isfinite(*number) ? number : std::nullopt;
}

std::optional<std::vector<std::string>> texts_of(const toml::array& array) {
  std::vector<std::string> texts;
  for (const toml::node& item : array) {
    if (!item.is_string()) return std::nullopt;
    texts.push_back(item.as_string()->get());
  }
  return texts;
}

std::optional<std::vector<double>> numbers_of(const toml::array& array) {
  std::vector<double> numbers;
  for (const toml::node& item : array) {
    const auto number = finite_number(item);
    if (!number) return std::nullopt;
    numbers.push_back(*number);
  }
  return numbers;
}

std::optional<std::map<std::string, double>> table_of(const toml::table& table) {
  std::map<std::string, double> numbers;
  for (const auto& [key, item] : table) {
    const auto number = finite_number(item);
    if (!number) return std::nullopt;
    numbers[std::string(key.str())] = *number;
  }
  return numbers;
}

template <typename T>
OptionValue or_nothing(std::optional<T> value) {
  return value ? OptionValue(*std::move(value)) : OptionValue();
}

// The node as a value of this kind, monostate where it is of another. Secrets and paths are still as written.
OptionValue value_of(OptionKind kind, const toml::node& node) {
  switch (kind) {
    case OptionKind::text:
    case OptionKind::path:
    case OptionKind::secret: return or_nothing(node.value_exact<std::string>());
    case OptionKind::integer: return or_nothing(node.value_exact<std::int64_t>());
    case OptionKind::number: return or_nothing(finite_number(node));
    case OptionKind::flag: return or_nothing(node.value_exact<bool>());
    case OptionKind::duration:
      return node.is_string() ? or_nothing(parse_duration(node.as_string()->get())) : OptionValue();
    case OptionKind::texts: return node.is_array() ? or_nothing(texts_of(*node.as_array())) : OptionValue();
    case OptionKind::numbers:
      return node.is_array() ? or_nothing(numbers_of(*node.as_array())) : OptionValue();
    case OptionKind::table: return node.is_table() ? or_nothing(table_of(*node.as_table())) : OptionValue();
  }
  return {};
}

// Every number in a value: what bounds apply to. A duration counts in seconds.
std::vector<double> numbers_in(const OptionValue& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return {static_cast<double>(*whole)};
  if (const auto* number = std::get_if<double>(&value)) return {*number};
  if (const auto* duration = std::get_if<std::chrono::nanoseconds>(&value))
    return {std::chrono::duration<double>(*duration).count()};
  if (const auto* numbers = std::get_if<std::vector<double>>(&value)) return *numbers;
  std::vector<double> inside;
  if (const auto* table = std::get_if<std::map<std::string, double>>(&value))
    for (const auto& [name, number] : *table) inside.push_back(number);
  return inside;
}

std::vector<std::string> texts_in(const OptionValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return {*text};
  if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) return *texts;
  return {};
}

std::string bound_as_text(OptionKind kind, double bound) {
  if (kind != OptionKind::duration) return shortest(bound);
  return duration_as_text(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(bound)));
}

// What is wrong with a value of the right kind, or nothing.
std::string problem_with(const Option& option, const OptionValue& value) {
  for (const double number : numbers_in(value)) {
    if (option.least && number < *option.least)
      return in_quotes(option.name) + " must be at least " + bound_as_text(option.kind, *option.least);
    if (option.most && number > *option.most)
      return in_quotes(option.name) + " must be at most " + bound_as_text(option.kind, *option.most);
  }
  if (option.choices.empty()) return {};
  for (const std::string& text : texts_in(value)) {
    if (std::find(option.choices.begin(), option.choices.end(), text) != option.choices.end()) continue;
    std::string known;
    for (const std::string& choice : option.choices) known += (known.empty() ? "" : ", ") + choice;
    return in_quotes(option.name) + " cannot be " + in_quotes(text) + did_you_mean(text, option.choices) +
           " (one of: " + known + ")";
  }
  return {};
}

// toml++ says "Error while parsing string: ..."; only what comes behind is news.
std::string description_of(const toml::parse_error& problem) {
  std::string text(problem.description());
  constexpr std::string_view kOpening = "Error while parsing ";
  if (text.starts_with(kOpening)) text.erase(0, kOpening.size());
  return printable(text);
}

}  // namespace

struct ConfigFile::Parsed {
  mutable SourceLines lines;  // learns which lines hold secrets as sections are read
  Path folder;
  toml::table root;

  // The section's table; null where it is not there. Other things of that name are errors.
  Result<const toml::table*> table(std::string_view section, std::size_t index) const {
    const toml::node* node = root.get(section);
    if (node == nullptr) return nullptr;
    const toml::node* item = node;
    if (const toml::array* array = node->as_array(); array != nullptr) item = array->get(index);
    if (item == nullptr || (item == node && index > 0)) return nullptr;
    if (const toml::table* found = item->as_table()) return found;
    return lines.point(place_of(item->source()), in_quotes(section) + " must be a section: [" +
                                                     printable(section) + "] and its options below");
  }

  SourcePlace key_place(const toml::table& table, std::string_view name) const {
    for (const auto& [key, item] : table)
      if (key.str() == name) return place_of(key.source());
    return place_of(table.source());
  }

  // A misspelt secret is a secret too.
  tl::unexpected<Error> unknown_option(const toml::table& table, std::string_view name,
                                       std::string_view section, const Options& options,
                                       const std::vector<std::string>& known) const {
    const SourcePlace place = key_place(table, name);
    const std::string nearest = nearest_name(name, known);
    for (const Option& option : options.all())
      if (option.kind == OptionKind::secret && option.name == nearest) lines.hide_values(place.line);
    return lines.point(place, "unknown option " + in_quotes(name) + " in [" + printable(section) + "]" +
                                  did_you_mean(name, known));
  }

  // Before anything of the section is shown.
  void hide_secrets(const toml::table& table, const Options& options) const {
    for (const Option& option : options.all())
      if (option.kind == OptionKind::secret && table.contains(option.name))
        lines.hide_values(place_of(table.get(option.name)->source()).line);
  }

  Result<void> read_option(const Option& option, const toml::node& node, Config& config) const;
  Result<void> read_rest(const toml::table& table, const std::string& prefix, Config& config) const;
};

Result<ConfigFile> ConfigFile::load(const Path& path) {
  Result<std::string> text = read_file(path, kConfigBytesMax);
  if (!text) return tl::unexpected(Error{text.error().message, ErrorKind::wrong});
  return parse(*text, path.string(), path.parent_path());
}

Result<ConfigFile> ConfigFile::parse(std::string_view text, std::string name, const Path& folder) {
  SourceLines lines(std::move(name), text);
  try {
    ConfigFile file;
    file.parsed_ = std::make_shared<const Parsed>(Parsed{lines, folder, toml::parse(text)});
    return file;
  } catch (const toml::parse_error& problem) {
    const SourcePlace place = place_of(problem.source());
    // What toml++ says may quote the line.
    return lines.point(place, lines.hides(place.line) ? "this line cannot be read" : description_of(problem));
  } catch (const std::exception& problem) {
    return lines.point({}, printable(problem.what()));
  }
}

const Path& ConfigFile::folder() const { return parsed_->folder; }

bool ConfigFile::has(std::string_view section) const { return parsed_->root.contains(section); }

std::size_t ConfigFile::count(std::string_view section) const {
  const toml::node* node = parsed_->root.get(section);
  if (node == nullptr) return 0;
  return node->is_array() ? node->as_array()->size() : 1;
}

Result<std::string> ConfigFile::chooser(std::string_view section, std::string_view name,
                                        std::size_t index) const {
  CHURNSTREAM_TRY_ASSIGN(const toml::table* table, parsed_->table(section, index));
  if (table == nullptr || !table->contains(name)) {
    const SourcePlace place = table == nullptr ? SourcePlace{} : place_of(table->source());
    return parsed_->lines.point(place, "[" + printable(section) + "] needs the option " + in_quotes(name));
  }
  const toml::node& node = *table->get(name);
  if (const auto text = node.value_exact<std::string>()) return *text;
  return parsed_->lines.point(place_of(node.source()),
                              in_quotes(name) + " must be a text in quotes, and is " + kind_of(node));
}

Result<Config> ConfigFile::read(std::string_view section, const Options& options,
                                std::string_view chooser_name, std::size_t index) const {
  CHURNSTREAM_TRY_ASSIGN(const toml::table* table, parsed_->table(section, index));
  static const toml::table kEmpty;
  const bool is_there = table != nullptr;
  if (!is_there) table = &kEmpty;

  parsed_->hide_secrets(*table, options);
  Config config;
  std::vector<std::string> known;
  if (!chooser_name.empty()) known.emplace_back(chooser_name);
  for (const Option& option : options.all()) {
    known.push_back(option.name);
    if (const toml::node* node = table->get(option.name)) {
      CHURNSTREAM_TRY(parsed_->read_option(option, *node, config));
    } else if (option.is_required) {
      return parsed_->lines.point(
          is_there ? place_of(table->source()) : SourcePlace{},
          "[" + printable(section) + "] needs the option " + in_quotes(option.name) + ": " + option.sentence);
    } else if (!std::holds_alternative<std::monostate>(option.fallback_value)) {
      config.set(option.name, option.fallback_value, parsed_->lines.name());
      if (option.kind == OptionKind::path) config.set_path(option.name, parsed_->folder);
    }
  }
  toml::table rest;
  for (const auto& [key, node] : *table) {
    if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
    if (!options.passes_on()) return parsed_->unknown_option(*table, key.str(), section, options, known);
    rest.insert(key, node);
  }
  CHURNSTREAM_TRY(parsed_->read_rest(rest, "", config));
  return config;
}

Result<void> ConfigFile::Parsed::read_option(const Option& option, const toml::node& node,
                                             Config& config) const {
  const SourcePlace place = place_of(node.source());
  OptionValue value = value_of(option.kind, node);
  if (std::holds_alternative<std::monostate>(value))
    return lines.point(place,
                       in_quotes(option.name) + " must be " + wanted_of(option.kind) +
                           (is_nearly(option.kind, node) ? "" : std::string(", and is ") + kind_of(node)));
  if (const std::string problem = problem_with(option, value); !problem.empty())
    return lines.point(place, problem);
  if (option.kind == OptionKind::secret) {
    Result<std::string> secret = resolve_secret(std::get<std::string>(value), folder);
    if (!secret) return lines.point(place, in_quotes(option.name) + ": " + secret.error().message);
    value = *std::move(secret);
  }
  config.set(option.name, std::move(value), lines.where(place.line));
  if (option.kind == OptionKind::path) config.set_path(option.name, folder);
  return {};
}

// Names with dots need no quotes this way: `sasl.password = ...` is a table in TOML and one property here.
Result<void> ConfigFile::Parsed::read_rest(const toml::table& table, const std::string& prefix,
                                           Config& config) const {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string(key.str());
    const SourcePlace place = place_of(node.source());
    if (const toml::table* inner = node.as_table()) {
      CHURNSTREAM_TRY(read_rest(*inner, name + ".", config));
    } else if (sounds_secret(name)) {
      lines.hide_values(place.line);
      Result<std::string> secret = resolve_secret(node.value_exact<std::string>().value_or(""), folder);
      if (!secret) return lines.point(place, in_quotes(name) + ": " + secret.error().message);
      config.pass_on(name, *secret);
    } else if (const auto text = node.value_exact<std::string>()) {
      config.pass_on(name, *text);
    } else if (const auto whole = node.value_exact<std::int64_t>()) {
      config.pass_on(name, std::to_string(*whole));
    } else if (const auto flag = node.value_exact<bool>()) {
      config.pass_on(name, *flag ? "true" : "false");
    } else if (const auto number = finite_number(node)) {
      config.pass_on(name, shortest(*number));
    } else {
      return lines.point(place, in_quotes(name) + " must be a text, a number, true or false");
    }
  }
  return {};
}

Result<void> ConfigFile::only(const std::vector<std::string>& sections) const {
  std::vector<std::string> known;
  std::vector<std::string> once;
  for (const std::string& section : sections) {
    const bool is_array = section.starts_with("[[") && section.ends_with("]]");
    known.push_back(is_array ? section.substr(2, section.size() - 4) : section);
    if (!is_array) once.push_back(section);
  }
  // In the order of the file, so that the first mistake is the one that is shown.
  std::vector<std::pair<const toml::key*, const toml::node*>> found;
  for (const auto& [key, node] : parsed_->root) found.emplace_back(&key, &node);
  std::sort(found.begin(), found.end(), [](const auto& left, const auto& right) {
    const SourcePlace l = place_of(left.first->source()), r = place_of(right.first->source());
    return std::pair(l.line, l.column) < std::pair(r.line, r.column);
  });
  for (const auto& [key, node] : found) {
    const SourcePlace place = place_of(key->source());
    const std::string_view name = key->str();
    const bool is_known = std::find(known.begin(), known.end(), name) != known.end();
    if (!node->is_table() && !node->is_array_of_tables()) {
      return parsed_->lines.point(
          place, is_known ? in_quotes(name) + " must be a section: [" + printable(name) + "]"
                          : "the option " + in_quotes(name) + " stands outside every section");
    }
    if (!is_known)
      return parsed_->lines.point(place,
                                  "unknown section [" + printable(name) + "]" + did_you_mean(name, known));
    if (count(name) > 1 && std::find(once.begin(), once.end(), name) != once.end())
      return parsed_->lines.point(place_of(node->as_array()->get(1)->source()),
                                  "[" + printable(name) + "] may stand only once");
  }
  return {};
}

tl::unexpected<Error> ConfigFile::point_at(std::string_view section, std::string_view name,
                                           std::string_view problem, std::size_t index) const {
  const auto table = parsed_->table(section, index);
  if (!table) return tl::unexpected(table.error());
  if (*table == nullptr) return parsed_->lines.point({}, problem);
  if (const toml::node* node = (*table)->get(name))
    return parsed_->lines.point(place_of(node->source()), problem);
  return parsed_->lines.point(place_of((*table)->source()), problem);
}

}  // namespace churnstream
