#include "data/checkpoint_text.h"

#include <gtest/gtest.h>

namespace churnstream {
namespace {

Checkpoint at(std::int64_t next, std::string identity = {}) {
  Checkpoint checkpoint;
  checkpoint.next[{"t", 0}] = Offset{next};
  if (!identity.empty()) checkpoint.identity["t"] = std::move(identity);
  return checkpoint;
}

TEST(CheckpointText, ReadsBackAsItWasWritten) {
  Checkpoint checkpoint = at(9'223'372'036'854'775'807, "device 1, inode \"2\"");
  checkpoint.next[{"weird \n name", 17}] = Offset{0};
  EXPECT_EQ(*checkpoint_from_text(checkpoint_as_text(checkpoint)), checkpoint);
  EXPECT_EQ(checkpoint_as_text(at(5, "x")), R"({"identity":{"t":"x"},"next":[["t",0,5]]})");
}

TEST(CheckpointText, RefusesWhatIsNoCheckpoint) {
  for (const char* bad :
       {"", "{", "[]", "{}", R"({"next":5})", R"({"next":[["t",0]]})", R"({"next":[["t",0,-1]]})",
        R"({"next":[["t",0,1.5]]})", R"({"next":[["t",0,1],["t",0,2]]})", R"({"next":[],"identity":{"t":1}})",
        R"({"next":[["t",4294967296,1]]})"})
    EXPECT_FALSE(checkpoint_from_text(bad)) << bad;
}

TEST(StartForAll, IsTheSmallestAndNothingWhereOneKnowsNothing) {
  EXPECT_EQ(start_for_all({at(7), at(3), at(5)}), at(3));
  EXPECT_EQ(start_for_all({at(7), Checkpoint{}}), Checkpoint{});
  EXPECT_EQ(start_for_all({}), Checkpoint{});
}

TEST(StartForAll, KeepsTheIdentityOfWhoeverIsFurthest) {
  EXPECT_EQ(start_for_all({at(7, "long file"), at(3, "short file")}), at(3, "long file"));
  Checkpoint nothing_but_identity;
  nothing_but_identity.identity["t"] = "long file";
  EXPECT_EQ(start_for_all({Checkpoint{}, at(7, "long file")}), nothing_but_identity);
}

}  // namespace
}  // namespace churnstream
