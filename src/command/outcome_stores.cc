#include "command/outcome_stores.h"

#include <fmt/format.h>

#include "command/evaluation_text.h"

namespace churnstream {

OutcomeStores::OutcomeStores(const PipelineFile& file) {
  for (const SinkEntry& sink : file.sinks)
    if (sink.kind->keep_outcomes != nullptr) stores_.push_back({&sink, {}});
}

Result<void> OutcomeStores::keep(const std::vector<KnownOutcome>& outcomes) {
  Error error;
  for (Store& store : stores_) {
    if (store.has_these) continue;
    const auto kept = store.sink->kind->keep_outcomes(store.sink->config, outcomes);
    if (kept) {
      store.tally.kept += kept->kept;
      store.tally.unscored += kept->unscored;
      store.has_these = true;
      continue;
    }
    error.message += fmt::format("{}sink \"{}\": nothing was kept: {}", error.message.empty() ? "" : "\n",
                                 store.sink->name, kept.error().message);
    if (kept.error().kind == ErrorKind::wrong) error.kind = ErrorKind::wrong;
  }
  if (!error.message.empty()) return tl::make_unexpected(std::move(error));
  for (Store& store : stores_) store.has_these = false;
  return {};
}

std::string OutcomeStores::account(std::uint64_t read, std::uint64_t refused) const {
  std::string text;
  for (const Store& store : stores_) {
    const OutcomesKept& tally = store.tally;
    const std::uint64_t left = read - tally.kept - tally.unscored - refused;
    text += fmt::format("sink \"{}\": {} records = {} kept + {} of customers without a score + {} refused",
                        store.sink->name, with_commas(read), with_commas(tally.kept),
                        with_commas(tally.unscored), with_commas(refused));
    if (left != 0) text += fmt::format(" + {} not kept", with_commas(left));
    text += "\n";
  }
  return text;
}

}  // namespace churnstream
