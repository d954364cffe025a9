#include "command/refused_replay.h"

#include "sink/refused_file_reader.h"
#ifdef CHURNSTREAM_HAS_KAFKA
#include "sink/kafka_refused_reader.h"
#endif

namespace churnstream {
namespace {

bool is_topic(const PipelineFile& file) { return file.refused_kind->type == std::string_view("kafka"); }

#ifdef CHURNSTREAM_HAS_KAFKA
RefusedTopic topic_of(const PipelineFile& file) {
  return {file.refused, file.source_kind->has_group ? file.source.text("group") : "churnstream"};
}

Result<std::uint64_t> replay_file(const PipelineFile& file, bool from_start, const std::string& to,
                                  const std::function<void()>& sent) {
  CHURNSTREAM_TRY_ASSIGN(const auto rows, RefusedFileReader::open(file.refused.path("path"), from_start));
  CHURNSTREAM_TRY_ASSIGN(const KafkaProperties properties, kafka_properties_of(file.source, {}));
  CHURNSTREAM_TRY_ASSIGN(const std::uint64_t count, replay_rows(*rows, properties, to, sent));
  CHURNSTREAM_TRY(rows->note_sent());
  return count;
}
#endif

}  // namespace

Result<std::unique_ptr<RefusedReader>> open_refused_rows(const PipelineFile& file, bool from_start) {
#ifdef CHURNSTREAM_HAS_KAFKA
  if (is_topic(file)) return open_refused_topic(topic_of(file), from_start);
#endif
  return RefusedFileReader::open(file.refused.path("path"), from_start);
}

Result<std::uint64_t> replay_refused_rows(const PipelineFile& file, bool from_start,
                                          const std::function<void()>& sent) {
  if (file.source_kind->type != std::string_view("kafka"))
    return file.file.point_at(
        "source", "type", "this source cannot be sent to; --out FILE writes the rows, to be run or scored");
#ifdef CHURNSTREAM_HAS_KAFKA
  const std::string to = file.source.text("topic");
  if (!is_topic(file)) return replay_file(file, from_start, to, sent);
  if (file.refused.text("brokers") != file.source.text("brokers"))
    return file.file.point_at(
        "refused", "brokers",
        "refused rows and source lie in two clusters, which cannot share a transaction; "
        "--out FILE writes the rows, and churnstream produce sends them");
  return replay_refused_topic(topic_of(file), to, from_start, sent);
#else
  return std::uint64_t{0};
#endif
}

}  // namespace churnstream
