// The text of a config file as error messages show it: the line, and a caret under the place. Lines that hold
// secrets are shown without their values. Owned by one ConfigFile.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace churnstream {

// A place in the file, both counted from 1 and in characters, not bytes; line 0: nowhere in particular.
struct SourcePlace {
  std::size_t line = 0;
  std::size_t column = 0;
};

class SourceLines {
 public:
  SourceLines(std::string name, std::string_view text);

  // From now on this line is shown only up to its first '='. Lines with words like "password" always are.
  void hide_values(std::size_t line) { hidden_.insert(line); }
  bool hides(std::size_t line) const;

  // name:line: problem, the line, the caret.
  tl::unexpected<Error> point(SourcePlace place, std::string_view problem) const;

  // "run.toml:12", or the name alone for line 0.
  std::string where(std::size_t line) const;
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  std::vector<std::string> lines_;
  std::set<std::size_t> hidden_;
};

// Text from outside, fit for a terminal: control characters become '?'.
std::string printable(std::string_view text);

}  // namespace churnstream
