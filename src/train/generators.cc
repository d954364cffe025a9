#include "train/generators.h"

#include <bit>
#include <cmath>
#include <numeric>

#include "base/result.h"

namespace churnstream {
namespace {

// MurmurHash3 x86_32 of the seed's eight bytes, most significant first, read as little-endian words.
std::uint32_t murmur3(std::uint64_t seed, std::uint32_t hash) {
  for (const std::uint32_t half :
       {static_cast<std::uint32_t>(seed >> 32), static_cast<std::uint32_t>(seed)}) {
    std::uint32_t word = __builtin_bswap32(half);
    word = std::rotl(word * 0xcc9e2d51u, 15) * 0x1b873593u;
    hash = std::rotl(hash ^ word, 13) * 5 + 0xe6546b64u;
  }
  hash ^= 8;  // the number of bytes
  hash = (hash ^ (hash >> 16)) * 0x85ebca6bu;
  hash = (hash ^ (hash >> 13)) * 0xc2b2ae35u;
  return hash ^ (hash >> 16);
}

constexpr std::uint64_t kJavaMultiplier = 0x5DEECE66D;
constexpr std::uint64_t kJavaMask = (std::uint64_t{1} << 48) - 1;

}  // namespace

XorShift::XorShift(std::int64_t seed) : state_(hash_of(seed)) {}

std::uint64_t XorShift::hash_of(std::int64_t seed) {
  const std::uint32_t low = murmur3(static_cast<std::uint64_t>(seed), 0x3c074a61u);
  const std::uint32_t high = murmur3(static_cast<std::uint64_t>(seed), low);
  return static_cast<std::uint64_t>(high) << 32 | low;
}

JavaRandom::JavaRandom(std::int64_t seed)
    : state_((static_cast<std::uint64_t>(seed) ^ kJavaMultiplier) & kJavaMask) {}

std::int32_t JavaRandom::next_32() {
  state_ = (state_ * kJavaMultiplier + 0xB) & kJavaMask;
  return static_cast<std::int32_t>(state_ >> 16);
}

std::int64_t JavaRandom::next_long() {
  const auto high = static_cast<std::uint64_t>(static_cast<std::int64_t>(next_32())) << 32;
  return static_cast<std::int64_t>(high + static_cast<std::uint64_t>(static_cast<std::int64_t>(next_32())));
}

Well19937c::Well19937c(std::int64_t seed) {
  words_[0] = static_cast<std::uint32_t>(static_cast<std::uint64_t>(seed) >> 32);
  words_[1] = static_cast<std::uint32_t>(seed);
  for (std::uint32_t i = 2; i < kWords; ++i) {
    const auto before = static_cast<std::int64_t>(static_cast<std::int32_t>(words_[i - 2]));
    const auto mixed = static_cast<std::uint64_t>(before ^ (before >> 30));
    words_[i] = static_cast<std::uint32_t>(1812433253u * mixed + i);
  }
}

std::uint32_t Well19937c::next() {
  const auto at = [this](std::uint32_t ahead) -> std::uint32_t& {
    const std::uint32_t position = index_ + ahead;
    return words_[position < kWords ? position : position - kWords];
  };
  const std::uint32_t first = at(0), m1 = at(70), m2 = at(179), m3 = at(449);
  const std::uint32_t z0 = (at(kWords - 1) & 0x80000000u) ^ (at(kWords - 2) & 0x7fffffffu);
  const std::uint32_t z1 = (first ^ (first << 25)) ^ (m1 ^ (m1 >> 27));
  const std::uint32_t z2 = (m2 >> 9) ^ (m3 ^ (m3 >> 1));
  const std::uint32_t z3 = z1 ^ z2;
  std::uint32_t z4 = z0 ^ (z1 ^ (z1 << 9)) ^ (z2 ^ (z2 << 21)) ^ (z3 ^ (z3 >> 21));
  at(0) = z3;
  at(kWords - 1) = z4;
  at(kWords - 2) &= 0x80000000u;
  index_ = index_ == 0 ? kWords - 1 : index_ - 1;
  z4 ^= (z4 << 7) & 0xe46e1700u;
  z4 ^= (z4 << 15) & 0x9b868000u;
  return z4;
}

PoissonSampler::PoissonSampler(double mean, std::int64_t seed)
    : random_(seed), end_(std::exp(-mean)), draws_most_(1000 * mean) {
  insist(mean > 0 && mean < 40, "the mean of a bag count lies between 0 and 40");
}

int PoissonSampler::next() {
  int count = 0;
  for (double product = 1; count < draws_most_; ++count) {
    product *= random_.next_double();
    if (product < end_) break;
  }
  return count;
}

std::vector<std::uint32_t> reservoir_sample(std::uint32_t count, std::uint32_t taken, std::int64_t seed) {
  insist(taken > 0 && taken < count, "a reservoir holds a part of the numbers");
  std::vector<std::uint32_t> slots(taken);
  std::iota(slots.begin(), slots.end(), 0u);
  XorShift random(seed);
  for (std::uint32_t item = taken; item < count; ++item) {
    const auto slot = static_cast<std::uint64_t>(random.next_double() * (item + 1.0));
    if (slot < taken) slots[slot] = item;
  }
  return slots;
}

}  // namespace churnstream
