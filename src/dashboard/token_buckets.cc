#include "dashboard/token_buckets.h"

#include <algorithm>
#include <cmath>

namespace churnstream {

double TokenBuckets::tokens_at(const Bucket& bucket, std::chrono::nanoseconds now) const {
  const double seconds = std::chrono::duration<double>(now - bucket.filled_at).count();
  return std::min(settings_.burst, bucket.tokens + seconds * settings_.per_second);
}

TokenBuckets::Bucket& TokenBuckets::bucket_of(std::string_view client, std::chrono::nanoseconds now) {
  const std::string shared;
  std::string name(client);
  if (!buckets_.contains(name) && buckets_.size() >= settings_.clients_max) {
    // A full bucket says nothing that a new one would not.
    std::erase_if(buckets_, [&](const auto& one) { return tokens_at(one.second, now) >= settings_.burst; });
    if (buckets_.size() >= settings_.clients_max) name = shared;
  }
  Bucket& bucket = buckets_.try_emplace(name, Bucket{settings_.burst, now}).first->second;
  bucket.tokens = tokens_at(bucket, now);
  bucket.filled_at = now;
  return bucket;
}

bool TokenBuckets::has_one(std::string_view client, std::chrono::nanoseconds now) {
  return settings_.per_second <= 0 || bucket_of(client, now).tokens >= 1;
}

bool TokenBuckets::take(std::string_view client, std::chrono::nanoseconds now) {
  if (settings_.per_second <= 0) return true;
  Bucket& bucket = bucket_of(client, now);
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

unsigned TokenBuckets::retry_after_s() const {
  return std::max(1U, static_cast<unsigned>(std::ceil(1 / settings_.per_second)));
}

}  // namespace churnstream
