#include "command/verbs.h"

namespace churnstream {

const std::vector<Verb>& all_verbs() {
  static const std::vector<Verb> kVerbs{demo_verb(),    train_verb(),  evaluate_verb(), score_verb(),
                                        run_verb(),     test_verb(),   inspect_verb(),  adopt_verb(),
                                        convert_verb(), options_verb()};
  return kVerbs;
}

}  // namespace churnstream
