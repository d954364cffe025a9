// A recipe.toml or pipeline.toml, read once and asked section by section. What is wrong is pointed at: file,
// line, the line itself with a caret, and the nearest name we know. Secrets are resolved here and nowhere
// else. Used by one thread.
//
//   run.toml:12: unknown option "batch_row" in [run]; did you mean "batch_rows"?
//     batch_row = 4096
//     ^
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/options.h"

namespace churnstream {

// What becomes of a section whose ${ENV_NAME} or file:PATH is not there: it is wrong, or the option is as if
// it were not written, for those who look at a file and connect to nothing. A secret that stands in the file
// itself is wrong either way.
enum class MissingSecrets { are_wrong, are_left_out };

class ConfigFile {
 public:
  static Result<ConfigFile> load(const Path& path, MissingSecrets missing = MissingSecrets::are_wrong);
  // `name` stands in messages; relative paths are relative to `folder`.
  static Result<ConfigFile> parse(std::string_view text, std::string name, const Path& folder,
                                  MissingSecrets missing = MissingSecrets::are_wrong);

  const Path& folder() const;

  // Whether [section] is there. For [[section]]: how many.
  bool has(std::string_view section) const;
  std::size_t count(std::string_view section) const;

  // The text of option `name` in a section before its options are known: the "type" that chooses them. An
  // error that points when it is missing or no text. `index` counts within [[section]], 0 for [section].
  Result<std::string> chooser(std::string_view section, std::string_view name, std::size_t index = 0) const;

  // The section checked against its declaration: unknown names, wrong kinds, bounds, choices, what is
  // required. A section that is not there gives the defaults. `chooser_name` ("type") is accepted as an
  // option too.
  Result<Config> read(std::string_view section, const Options& options, std::string_view chooser_name = {},
                      std::size_t index = 0) const;

  // Where this file and another one differ: "score.threshold" for an option of a [section], "sink" for
  // anything in a [[section]]. In the order of the names.
  std::vector<std::string> differences(const ConfigFile& other) const;

  // An error that points at the first section whose name is not among these, with the nearest of them. A name
  // written "[[sink]]" may stand many times, the others once.
  Result<void> only(const std::vector<std::string>& sections) const;

  // An error at an option that was read but does not fit for a reason found later, with line and caret.
  tl::unexpected<Error> point_at(std::string_view section, std::string_view name, std::string_view problem,
                                 std::size_t index = 0) const;

 private:
  struct Parsed;
  std::shared_ptr<const Parsed> parsed_;
};

// The known name nearest to `name` (Levenshtein distance at most a third of its length, two swapped
// letters counting once), or empty.
std::string nearest_name(std::string_view name, const std::vector<std::string>& known);

// The declarations as the reference page shows them: a Markdown table per section.
std::string options_as_markdown(const std::vector<Options>& all);

}  // namespace churnstream
