#include "train/forest_params.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "base/numbers.h"

namespace churnstream {
namespace {

Result<void> within(const char* name, double value, double least, double most) {
  if (value >= least && value <= most) return {};
  return wrong("training with", name, fmt::format("{} is not between {} and {}", value, least, most));
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

bool is_count(const std::string& text) {
  return !text.empty() && text.size() < 10 && text.find_first_not_of("0123456789") == std::string::npos;
}

}  // namespace

Result<void> ForestParams::check() const {
  CHURNSTREAM_TRY(within("numTrees", static_cast<double>(num_trees), 1, 1'000'000));
  CHURNSTREAM_TRY(within("maxDepth", static_cast<double>(max_depth), 0, 30));
  CHURNSTREAM_TRY(within("maxBins", static_cast<double>(max_bins), 2, 65'535));  // bins are held in 16 bits
  CHURNSTREAM_TRY(
      within("minInstancesPerNode", static_cast<double>(min_instances_per_node), 1, 2'147'483'647));
  CHURNSTREAM_TRY(
      within("minWeightFractionPerNode", min_weight_fraction_per_node, 0, std::nextafter(0.5, 0)));
  CHURNSTREAM_TRY(within("minInfoGain", min_info_gain, 0, HUGE_VAL));
  CHURNSTREAM_TRY(within("subsamplingRate", subsampling_rate, std::nextafter(0.0, 1), 1));
  return within("maxMemoryInMB", static_cast<double>(max_memory_mb), 0, 1'048'576);
}

Result<std::uint32_t> features_per_node(const std::string& strategy, std::int64_t num_trees,
                                        std::size_t num_features) {
  const std::string name = lower(strategy);
  const auto all = static_cast<std::uint32_t>(num_features);
  const auto up = [](double count) { return static_cast<std::uint32_t>(std::ceil(count)); };
  if (name == "all" || (name == "auto" && num_trees == 1)) return all;
  if (name == "auto" || name == "sqrt") return up(std::sqrt(all));
  if (name == "log2") return std::max(1u, up(std::log(all) / std::log(2.0)));
  if (name == "onethird") return up(all / 3.0);
  if (is_count(name) && std::stoul(name) > 0)
    return std::min(static_cast<std::uint32_t>(std::stoul(name)), all);
  const std::optional<double> share = is_count(name) ? std::nullopt : parse_double(name);
  if (share && *share > 0 && *share <= 1) return up(*share * all);
  return wrong("training with", "featureSubsetStrategy", fmt::format("unknown strategy \"{}\"", strategy),
               "auto, all, sqrt, log2, onethird, a count such as 5 or a share such as 0.5");
}

}  // namespace churnstream
