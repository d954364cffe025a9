// One verb of the command line. Each lives in a file of its own, <verb>_command.cc, and stands in
// verb_list.cc.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace CLI {
class App;
}

namespace churnstream {

struct Verb {
  const char* name;
  const char* sentence;  // one line for the overview
  const char* example;   // a command line that works, shown by --help
  // Adds the verb's options to its own app and returns what runs once they are parsed.
  std::function<std::function<Result<void>()>(CLI::App&)> declare;
};

// Every verb, in the order of the overview. Defined in verb_list.cc.
const std::vector<Verb>& all_verbs();

}  // namespace churnstream
