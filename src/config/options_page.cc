#include "base/numbers.h"
#include "config/config_file.h"
#include "config/duration.h"

namespace churnstream {
namespace {

const char* name_of(OptionKind kind) {
  switch (kind) {
    case OptionKind::text: return "text";
    case OptionKind::path: return "path";
    case OptionKind::secret: return "secret";
    case OptionKind::integer: return "integer";
    case OptionKind::number: return "number";
    case OptionKind::flag: return "true or false";
    case OptionKind::duration: return "duration";
    case OptionKind::texts: return "texts";
    case OptionKind::numbers: return "numbers";
    case OptionKind::table: return "table of numbers";
    case OptionKind::text_table: return "table of texts";
    case OptionKind::properties:
      return "section of the client library's own properties; secret ones as `${ENV_NAME}` or `file:PATH`";
  }
  return "";
}

template <typename Items, typename AsText>
std::string joined(const Items& items, AsText as_text) {
  std::string out;
  for (const auto& item : items) out += (out.empty() ? "" : ", ") + as_text(item);
  return out;
}

std::string in_quotes(const std::string& text) { return '"' + text + '"'; }

// A default as one would write it in a config file.
struct AsToml {
  std::string operator()(std::monostate) const { return {}; }
  std::string operator()(const std::string& text) const { return in_quotes(text); }
  std::string operator()(std::int64_t whole) const { return std::to_string(whole); }
  std::string operator()(double number) const { return shortest(number); }
  std::string operator()(bool flag) const { return flag ? "true" : "false"; }
  std::string operator()(std::chrono::nanoseconds duration) const {
    return in_quotes(duration_as_text(duration));
  }
  std::string operator()(const std::vector<std::string>& texts) const {
    return "[" + joined(texts, in_quotes) + "]";
  }
  std::string operator()(const std::vector<double>& numbers) const {
    return "[" + joined(numbers, shortest) + "]";
  }
  std::string operator()(const std::map<std::string, double>& table) const {
    if (table.empty()) return "{}";
    return "{ " + joined(table, [](const auto& e) { return e.first + " = " + shortest(e.second); }) + " }";
  }
  std::string operator()(const std::map<std::string, std::string>& table) const {
    if (table.empty()) return "{}";
    return "{ " + joined(table, [](const auto& e) { return e.first + " = " + in_quotes(e.second); }) + " }";
  }
};

std::string default_of(const Option& option) {
  if (option.is_required) return "required";
  const std::string text = std::visit(AsToml(), option.fallback_value);
  return text.empty() ? "" : "`" + text + "`";
}

std::string bound_as_text(const Option& option, double bound) {
  if (option.kind != OptionKind::duration) return shortest(bound);
  return duration_as_text(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(bound)));
}

std::string limits_of(const Option& option) {
  std::string text;
  if (!option.choices.empty())
    text +=
        " One of " + joined(option.choices, [](const std::string& name) { return "`" + name + "`"; }) + ".";
  if (option.least && option.most)
    text +=
        " From " + bound_as_text(option, *option.least) + " to " + bound_as_text(option, *option.most) + ".";
  else if (option.least)
    text += " At least " + bound_as_text(option, *option.least) + ".";
  else if (option.most)
    text += " At most " + bound_as_text(option, *option.most) + ".";
  return text;
}

// A '|' would end the cell.
std::string cell(const std::string& text) {
  std::string out;
  for (const char c : text) (out += c == '|' ? "\\" : "") += c;
  return out;
}

}  // namespace

std::string options_as_markdown(const std::vector<Options>& all) {
  std::string page;
  for (const Options& options : all) {
    page += (page.empty() ? "" : "\n") + std::string("## ") + options.section() + "\n\n" +
            options.sentence() +
            "\n\n| option | kind | default | what it does |\n| --- | --- | --- | --- |\n";
    for (const Option& option : options.all())
      page += "| `" + option.name + "` | " + name_of(option.kind) + " | " + cell(default_of(option)) + " | " +
              cell(option.sentence + limits_of(option)) + " |\n";
  }
  return page;
}

}  // namespace churnstream
