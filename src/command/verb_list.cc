#include "command/verb.h"

namespace churnstream {

const std::vector<Verb>& all_verbs() {
  static const std::vector<Verb> kVerbs;
  return kVerbs;
}

}  // namespace churnstream
