#include "decode/json_record.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cstring>

#include "decode/record_text.h"

namespace churnstream {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::size_t kDepthMax = 64;             // An envelope around a customer has four levels.
constexpr std::size_t kCapacityLeast = 64 << 10;  // Most records: the parser's memory is made once.
constexpr std::size_t kUnusedNamed = 50;          // Enough to see what they are; names come from outside.
constexpr std::string_view kSpaces = " \t\n\r";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Whether the whole token is a number by RFC 8259: no plus, no leading zero, no bare point.
bool is_json_number(std::string_view token) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t begin = i;
    while (i < token.size() && is_digit(token[i])) ++i;
    return i > begin;
  };
  if (i < token.size() && token[i] == '-') ++i;
  if (i < token.size() && token[i] == '0')
    ++i;
  else if (!digits())
    return false;
  if (i < token.size() && token[i] == '.') {
    ++i;
    if (!digits()) return false;
  }
  if (i < token.size() && (token[i] == 'e' || token[i] == 'E')) {
    ++i;
    if (i < token.size() && (token[i] == '+' || token[i] == '-')) ++i;
    if (!digits()) return false;
  }
  return i == token.size();
}

std::string_view without_spaces_behind(std::string_view token) {
  const std::size_t last = token.find_last_not_of(kSpaces);
  return token.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

std::string invalid(std::string_view what) { return fmt::format("it is not valid JSON: {}", what); }

std::string reason_of(simdjson::error_code error) {
  switch (error) {
    case simdjson::UTF8_ERROR: return std::string(kNotUtf8);
    case simdjson::UNCLOSED_STRING: return invalid("a quote is not closed");
    case simdjson::UNESCAPED_CHARS: return invalid("a control character stands inside quotes");
    case simdjson::STRING_ERROR: return invalid("a text has an escape that is none");
    case simdjson::INCOMPLETE_ARRAY_OR_OBJECT: return invalid("it ends before its last bracket");
    case simdjson::CAPACITY:
    case simdjson::MEMALLOC: return "it is longer than a record may be";
    default: return invalid("its brackets, commas or colons do not fit");
  }
}

}  // namespace

struct JsonRecord::Parser {
  ondemand::parser ondemand;
};

// The walk through one record. Every method is false once something was found wrong; problem() says what.
class JsonRecord::Walk {
 public:
  Walk(JsonRecord& record, std::string_view line)
      : record_(record),
        line_end_(line.data() + line.size()),
        has_escapes_(std::memchr(line.data(), '\\', line.size()) != nullptr) {}

  std::string& problem() { return problem_; }

  bool read_document(simdjson::padded_string_view padded) {
    ondemand::document document;
    if (!is_good(record_.parser_->ondemand.iterate(padded).get(document))) return false;
    ondemand::object top;
    if (!is_good(document.get_object().get(top))) return false;
    if (!read_object(top, JsonFields::kTop, 1)) return false;
    if (document.current_location().error() == simdjson::OUT_OF_BOUNDS) return true;
    return fail("something stands behind its last bracket");
  }

 private:
  using Kind = JsonCell::Kind;

  bool fail(std::string_view what) {
    problem_ = invalid(what);
    return false;
  }
  bool is_good(simdjson::error_code error) {
    if (error != simdjson::SUCCESS) problem_ = reason_of(error);
    return error == simdjson::SUCCESS;
  }

  // `node`: kNone where nothing of the object is wanted.
  bool read_object(ondemand::object& object, JsonFields::Node node, std::size_t depth) {
    if (depth > kDepthMax) return too_deep();
    std::size_t place = 0;
    for (auto next : object) {
      ondemand::field field;
      std::string_view name;
      if (!is_good(std::move(next).get(field)) || !read_name(field, name)) return false;
      const JsonFields::Node wanted =
          node == JsonFields::kNone ? node : record_.fields_.find(node, name, place++);
      if (wanted == JsonFields::kNone) {
        if (node != JsonFields::kNone) note_unused(node, name);
      } else if (record_.is_set(wanted)) {
        problem_ = fmt::format("field {} stands twice", shown(record_.fields_.name(wanted)));
        return false;
      }
      JsonCell cell;
      if (!read_value(std::move(field).value(), wanted, depth, cell)) return false;
      if (wanted == JsonFields::kNone) continue;
      record_.cells_[wanted] = cell;
      record_.stamps_[wanted] = record_.stamp_;
    }
    return true;
  }

  // The reader of objects goes on behind the value, whatever was taken of it.
  bool read_value(ondemand::value value, JsonFields::Node node, std::size_t depth, JsonCell& cell) {
    const std::string_view token = without_spaces_behind(value.raw_json_token());
    if (token.empty()) return fail("it ends before its last bracket");
    switch (token.front()) {
      case '"': cell.kind = Kind::text; return read_text(value, token, cell.text);
      case '{': {
        cell.kind = Kind::object;
        ondemand::object object;
        if (!is_good(value.get_object().get(object))) return false;
        const bool is_on_the_way = node != JsonFields::kNone && record_.fields_.has_fields(node);
        return read_object(object, is_on_the_way ? node : JsonFields::kNone, depth + 1);
      }
      case '[': {
        cell.kind = Kind::array;
        ondemand::array array;
        return is_good(value.get_array().get(array)) && read_array(array, depth + 1);
      }
      case 'n':
      case 't':
      case 'f':
        cell = {token.front() == 'n' ? Kind::null : Kind::boolean, token};
        if (token == "null" || token == "true" || token == "false") return true;
        return fail("there is a word that is none: " + shown_bare(token));
      default:
        cell = {Kind::number, token};
        return is_json_number(token) || fail("there is a value that is none: " + shown_bare(token));
    }
  }

  bool read_array(ondemand::array& array, std::size_t depth) {
    if (depth > kDepthMax) return too_deep();
    for (auto next : array) {
      ondemand::value value;
      JsonCell unused;
      if (!is_good(std::move(next).get(value))) return false;
      if (!read_value(value, JsonFields::kNone, depth, unused)) return false;
    }
    return true;
  }

  bool read_name(ondemand::field& field, std::string_view& name) {
    if (has_escapes_) return is_good(field.unescaped_key().get(name));
    // The first pass has seen that every quote is closed.
    const char* const begin = field.key().raw();
    const void* const end = std::memchr(begin, '"', static_cast<std::size_t>(line_end_ - begin));
    name = {begin, static_cast<std::size_t>(static_cast<const char*>(end) - begin)};
    return true;
  }

  bool read_text(ondemand::value& value, std::string_view token, std::string_view& text) {
    if (has_escapes_) return is_good(value.get_string().get(text));
    simdjson::ondemand::raw_json_string consumed;  // or the walk would take `"a":"b":1` for a field
    if (!is_good(value.get_raw_json_string().get(consumed))) return false;
    text = token.substr(1, token.size() - 2);
    return true;
  }

  bool too_deep() {
    problem_ = fmt::format("it is nested deeper than {} levels", kDepthMax);
    return false;
  }

  void note_unused(JsonFields::Node object, std::string_view name) {
    if (record_.noted_below_ == JsonFields::kNone) return;
    if (!record_.fields_.is_within(object, record_.noted_below_)) return;
    std::vector<std::string>& unused = record_.unused_;
    if (unused.size() == kUnusedNamed) return;
    unused.push_back(object == record_.noted_below_
                         ? shown_bare(name)
                         : fmt::format("{}.{}", record_.fields_.name(object), shown_bare(name)));
    if (std::find(unused.begin(), unused.end() - 1, unused.back()) != unused.end() - 1) unused.pop_back();
  }

  JsonRecord& record_;
  const char* line_end_;
  const bool has_escapes_;
  std::string problem_;
};

JsonRecord::JsonRecord(JsonFields fields)
    : fields_(std::move(fields)),
      parser_(std::make_unique<Parser>()),
      cells_(fields_.size()),
      stamps_(fields_.size()) {}

JsonRecord::~JsonRecord() = default;

std::string JsonRecord::read(std::string_view line, const char* readable_end) {
  ++stamp_;
  unused_.clear();
  const std::size_t begin = std::min(line.find_first_not_of(kSpaces), line.size());
  if (begin == line.size() || line[begin] != '{')
    return simdjson::validate_utf8(line.data(), line.size()) ? "it is no JSON object" : std::string(kNotUtf8);
  if (readable_end < line.data() + line.size() + simdjson::SIMDJSON_PADDING) {
    padded_.reserve(line.size() + simdjson::SIMDJSON_PADDING);
    padded_ = line;
    padded_.append(simdjson::SIMDJSON_PADDING, ' ');
    line = std::string_view(padded_).substr(0, line.size());
  }
  if (parser_->ondemand.capacity() < line.size()) {
    const std::size_t capacity = std::max(2 * line.size(), kCapacityLeast);
    if (const auto error = parser_->ondemand.allocate(capacity); error != simdjson::SUCCESS)
      return reason_of(error);
  }
  Walk walk(*this, line);
  const simdjson::padded_string_view padded(line.data(), line.size(),
                                            line.size() + simdjson::SIMDJSON_PADDING);
  if (walk.read_document(padded)) return {};
  ++stamp_;  // what was read so far is not there
  if (!simdjson::validate_utf8(line.data(), line.size())) return std::string(kNotUtf8);
  return std::move(walk.problem());
}

std::vector<std::string> JsonRecord::take_unused() {
  if (!unused_.empty()) noted_below_ = JsonFields::kNone;
  return std::move(unused_);
}

}  // namespace churnstream
