// How often each client may ask: a bucket of tokens per client, filled at a steady rate. The table is
// bounded; when it is full, clients that are new share one bucket. Owned by the server's thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <unordered_map>

namespace churnstream {

struct BucketSettings {
  double per_second = 0;  // 0: no limit
  double burst = 0;       // as many at once after a pause
  std::size_t clients_max = 4'096;
};

class TokenBuckets {
 public:
  explicit TokenBuckets(BucketSettings settings) : settings_(settings) {}

  // Takes a token of this client's; false when there is none.
  bool take(std::string_view client, std::chrono::nanoseconds now);
  // Whether take() would find one.
  bool has_one(std::string_view client, std::chrono::nanoseconds now);
  // Whole seconds until there is a token again, for Retry-After.
  unsigned retry_after_s() const;
  std::size_t size() const { return buckets_.size(); }

 private:
  struct Bucket {
    double tokens = 0;
    std::chrono::nanoseconds filled_at{};
  };
  Bucket& bucket_of(std::string_view client, std::chrono::nanoseconds now);
  double tokens_at(const Bucket& bucket, std::chrono::nanoseconds now) const;

  const BucketSettings settings_;
  std::unordered_map<std::string, Bucket> buckets_;
};

}  // namespace churnstream
