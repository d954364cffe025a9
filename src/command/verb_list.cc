#include "command/verbs.h"

namespace churnstream {

const std::vector<Verb>& all_verbs() {
  static const std::vector<Verb> kVerbs{demo_verb(),     train_verb(),    evaluate_verb(), score_verb(),
                                        run_verb(),      backfill_verb(), refused_verb(),  forget_verb(),
                                        outcomes_verb(), powerbi_verb(),  grafana_verb(),  test_verb(),
                                        inspect_verb(),  adopt_verb(),    convert_verb(),
#ifdef CHURNSTREAM_HAS_KAFKA
                                        topics_verb(),   produce_verb(),
#endif
                                        doctor_verb(),   options_verb()};
  return kVerbs;
}

}  // namespace churnstream
