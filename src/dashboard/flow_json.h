// How the stream went, as the API writes it (docs/formats/page-api.md). Pure; any thread.
#pragma once

#include <string>

#include "watch/flow_history.h"

namespace churnstream {

std::string flow_json(FlowWindow window, const FlowPast& past);

}  // namespace churnstream
