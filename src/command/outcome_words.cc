#include "command/outcome_words.h"

#include <fmt/format.h>

#include "config/source_lines.h"
#include "decode/record_text.h"

namespace churnstream {
namespace {

std::optional<EpochMicros> time_of(std::string_view text) {
  const bool is_date = text.find('T') == std::string_view::npos;
  return is_date ? parse_rfc3339(std::string(text) + "T00:00:00Z") : parse_rfc3339(text);
}

}  // namespace

tl::expected<KnownOutcome, std::string> outcome_of(const OutcomeWords& words, const ScoreTerms& terms) {
  const auto no = [](std::string why) { return tl::unexpected<std::string>(std::move(why)); };
  if (words.customer.empty()) return no("the customer id is empty");
  if (words.label.empty()) return no("it has no label");
  const auto has_left = terms.has_left(words.label);
  if (!has_left) return no(fmt::format("{} is none of the model's classes", printable(shown(words.label))));
  const auto until = words.time ? time_of(*words.time) : words.otherwise_us;
  if (!until)
    return no(fmt::format("{} is no time, such as 2026-11-22T08:15:30Z or 2026-11-22",
                          printable(shown(*words.time))));
  return KnownOutcome{std::string(words.customer), *has_left, *until};
}

}  // namespace churnstream
