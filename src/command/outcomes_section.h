// [outcomes]: where it comes from that a customer really left. Declared and made sense of here; used while a
// pipeline is put together.
#pragma once

#include "command/pipeline_file.h"

namespace churnstream {

Options outcomes_options();

// Asks every sink that can hold outcomes to keep them. Of a topic the section says everything afterwards:
// topic, brokers, properties and group. Wrong, with line and caret, where no sink can hold them and where
// there is no such origin. Needs: the file's other sections are read.
Result<void> read_outcomes(PipelineFile& pipeline);

bool outcomes_come_from_topic(const PipelineFile& pipeline);

}  // namespace churnstream
