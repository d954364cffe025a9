#include "pipeline/left_out.h"

#include <fmt/format.h>

#include <algorithm>

namespace churnstream {

void LeftOut::add(const Delivery& delivery) {
  const Extent& extent = delivery.parcel->scored.rows.extent();
  if (extent.offsets.empty()) return;
  const std::pair<Offset, Offset> here{extent.offsets.front(), after(extent.offsets.back())};
  const std::lock_guard lock(mutex_);
  rows_ += extent.offsets.size();
  auto& [begin, end] = between_.try_emplace(extent.partition, here).first->second;
  begin = std::min(begin, here.first);
  end = std::max(end, here.second);
}

std::uint64_t LeftOut::rows() const {
  const std::lock_guard lock(mutex_);
  return rows_;
}

std::string LeftOut::text() const {
  const std::lock_guard lock(mutex_);
  std::string from, to;
  for (const auto& [partition, offsets] : between_) {
    const char* comma = from.empty() ? "" : ",";
    from += fmt::format("{}{}:{}", comma, partition.number, number_of(offsets.first));
    to += fmt::format("{}{}:{}", comma, partition.number, number_of(offsets.second));
  }
  return fmt::format("{} rows, --from {} --to {}", rows_, from, to);
}

}  // namespace churnstream
