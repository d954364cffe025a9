// One visual of a Power BI page as PBIR's visual.json. Any thread.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "report/powerbi_pages.h"

namespace churnstream {

struct PowerBiPlace {
  int x, y, width, height;
};

// `number` is its place in the order of keys and of what lies over what.
nlohmann::ordered_json powerbi_visual_json(const PowerBiVisual& visual, const std::string& id,
                                           const PowerBiPlace& place, int number);

}  // namespace churnstream
