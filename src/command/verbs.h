// Every verb, each defined in <verb>_command.cc.
#pragma once

#include "command/verb.h"

namespace churnstream {

Verb demo_verb();
Verb train_verb();
Verb evaluate_verb();
Verb adopt_verb();
Verb convert_verb();
Verb inspect_verb();
Verb score_verb();
Verb run_verb();
Verb refused_verb();
Verb backfill_verb();
Verb forget_verb();
Verb outcomes_verb();
Verb powerbi_verb();
Verb grafana_verb();
Verb test_verb();
Verb doctor_verb();
Verb options_verb();
#ifdef CHURNSTREAM_HAS_KAFKA
Verb topics_verb();
Verb produce_verb();
#endif

}  // namespace churnstream
