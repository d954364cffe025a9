// The random generators of Spark's training, bit for bit: XORShift, java.util.Random, Well19937c, and what
// Spark draws with them. The first stop of every training; each object is owned by one thread.
//
// Source: org.apache.spark.util.random.{XORShiftRandom, SamplingUtils}, java.util.Random,
// org.apache.commons.math3.random.Well19937c, org.apache.commons.math3.distribution.PoissonDistribution.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace churnstream {

// Spark's XORShiftRandom of version 3 and later: the seed is hashed as 8 bytes, not as 64.
class XorShift {
 public:
  explicit XorShift(std::int64_t seed);
  static std::uint64_t hash_of(std::int64_t seed);

  std::int32_t next_int() { return static_cast<std::int32_t>(next(32)); }
  double next_double() {  // in [0, 1)
    const std::uint64_t high = static_cast<std::uint64_t>(next(26)) << 27;
    return static_cast<double>(high + next(27)) * 0x1.0p-53;
  }

 private:
  std::uint32_t next(int bits) {
    state_ ^= state_ << 21;
    state_ ^= state_ >> 35;
    state_ ^= state_ << 4;
    return static_cast<std::uint32_t>(state_ & ((std::uint64_t{1} << bits) - 1));
  }
  std::uint64_t state_;
};

// java.util.Random: a 48-bit linear congruence.
class JavaRandom {
 public:
  explicit JavaRandom(std::int64_t seed);
  std::int64_t next_long();

 private:
  std::int32_t next_32();
  std::uint64_t state_;
};

// The WELL19937c of Commons Math 3.
class Well19937c {
 public:
  explicit Well19937c(std::int64_t seed);
  double next_double() {  // in [0, 1)
    const std::uint64_t high = static_cast<std::uint64_t>(next() >> 6) << 26;
    return static_cast<double>(high | (next() >> 6)) * 0x1.0p-52;
  }

 private:
  static constexpr std::uint32_t kWords = 624;
  std::uint32_t next();
  std::array<std::uint32_t, kWords> words_;
  std::uint32_t index_ = 0;
};

// Draws from Poisson(mean). Needs: 0 < mean < 40, where Commons Math multiplies uniform numbers.
class PoissonSampler {
 public:
  PoissonSampler(double mean, std::int64_t seed);
  int next();

 private:
  Well19937c random_;
  double end_;         // e^-mean
  double draws_most_;  // Commons Math gives up after 1000 x mean
};

// `taken` of the numbers 0..count-1 without replacement, in the order of the reservoir's slots.
// Needs: 0 < taken < count.
std::vector<std::uint32_t> reservoir_sample(std::uint32_t count, std::uint32_t taken, std::int64_t seed);

}  // namespace churnstream
