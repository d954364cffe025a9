#include "train/generators.h"

#include <gmock/gmock.h>

namespace churnstream {
namespace {

using testing::ElementsAre;

TEST(XorShift, HashesItsSeedAsSparkDoes) {
  EXPECT_EQ(XorShift::hash_of(42), 0x38078a854d18b285u);
  EXPECT_EQ(XorShift::hash_of(0), 0x80b91e250a05cc5fu);
  EXPECT_EQ(XorShift::hash_of(-8271860956301159974), 0x2aa20536a7fb6818u);
}

TEST(XorShift, DrawsSparksNumbers) {
  XorShift doubles(42);
  for (const double expected :
       {0.619189370225301, 0.5096018842446481, 0.8325259388871524, 0.26322809041172357})
    EXPECT_EQ(doubles.next_double(), expected);
  XorShift integers(42);
  for (const int expected : {444206279, 1508163723, -1911958253}) EXPECT_EQ(integers.next_int(), expected);
}

TEST(JavaRandom, DrawsJavasNumbers) {
  JavaRandom random(42);
  EXPECT_EQ(random.next_long(), -5025562857975149833);
  EXPECT_EQ(random.next_long(), -5843495416241995736);
  EXPECT_EQ(random.next_long(), 5694868678511409995);
}

TEST(Well19937c, DrawsTheNumbersOfCommonsMath) {
  Well19937c random(43);
  EXPECT_EQ(random.next_double(), 0.1059809010978281);
  EXPECT_EQ(random.next_double(), 0.6633912999974421);
  EXPECT_EQ(random.next_double(), 0.31566607466364793);
}

TEST(PoissonSampler, DrawsTheCountsOfCommonsMath) {
  PoissonSampler sampler(1, 43);
  std::vector<int> counts(20);
  for (int& count : counts) count = sampler.next();
  EXPECT_THAT(counts, ElementsAre(0, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 1, 0, 0, 1, 1, 1, 2, 1));
}

TEST(PoissonSampler, DrawsTheFirstBagOfTheReferenceForests) {
  std::vector<int> counts(20);
  PoissonSampler notebook(1, -8271860956301159974 + 1);
  for (int& count : counts) count = notebook.next();
  EXPECT_THAT(counts, ElementsAre(0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 2, 3, 5, 1, 1, 2, 2, 2, 1, 1));
  PoissonSampler shipped(1, -5166297147706325911 + 1);
  for (int& count : counts) count = shipped.next();
  EXPECT_THAT(counts, ElementsAre(2, 0, 3, 2, 1, 0, 3, 3, 2, 2, 1, 0, 0, 1, 1, 1, 0, 3, 0, 0));
}

TEST(Reservoir, KeepsTheFeaturesThatSparkKeeps) {
  EXPECT_THAT(reservoir_sample(19, 5, 42), ElementsAre(12, 1, 8, 6, 4));
}

}  // namespace
}  // namespace churnstream
