#include "command/refused_list.h"

#include "sink/file_forget.h"
#include "sink/folder_look.h"
#include "sink/refused_file.h"
#ifdef CHURNSTREAM_HAS_KAFKA
#include "command/kafka_look.h"
#include "sink/kafka_forget.h"
#include "sink/kafka_refused.h"
#endif

namespace churnstream {
namespace {

Result<std::unique_ptr<RefusedStore>> make_file(const Config& config, Clock& clock) {
  return make_refused_file(config.path("path"), clock);
}

Findings look_at_refused_file(const Config& config, const Assignment&) {
  return look_at_file_place(config.path("path"));
}

Result<Erasure> forget_in_refused(const Config& config, const ErasureWishes& wishes) {
  return forget_in_refused_file(config.path("path"), wishes);
}

}  // namespace

const std::vector<RefusedKind>& all_refused_kinds() {
  static const std::vector<RefusedKind> kKinds = {
      {"file", refused_file_options, make_file, "readable by its owner only; the checkpoint waits for them",
       look_at_refused_file, forget_in_refused},
#ifdef CHURNSTREAM_HAS_KAFKA
      {"kafka", kafka_refused_options, make_kafka_refused_store,
       "in the same transaction as the scores where there is one, else at least once", look_at_kafka_topic,
       forget_in_refused_topic},
#endif
  };
  return kKinds;
}

const RefusedKind* find_refused_kind(const std::string& type) {
  for (const RefusedKind& kind : all_refused_kinds())
    if (kind.type == type) return &kind;
  return nullptr;
}

}  // namespace churnstream
