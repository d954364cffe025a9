#include "model/tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace churnstream {
namespace {

using ::testing::HasSubstr;

// 0: tenure <= 12 ? 1 : 2; 2: contract in {1} of 4 ? 3 : 4.
Tree two_splits() {
  Tree tree;
  tree.feature = {0, -1, 1, -1, -1};
  tree.left = {1, -1, 3, -1, -1};
  tree.right = {2, -1, 4, -1, -1};
  tree.split = {
      {.num_categories = -1, .threshold = 12}, {}, {.num_categories = 4, .left_categories = {1}}, {}, {}};
  tree.num_stats = 2;
  tree.stats = {10, 10, 8, 2, 2, 8, 2, 1, 0, 7};
  tree.raw_count = {20, 10, 10, 3, 7};
  tree.prediction = {0, 0, 1, 0, 1};
  tree.impurity = {0.5, 0.32, 0.32, 0.44, 0};
  tree.gain = {0.18, -1, 0.1, -1, -1};
  return tree;
}

std::string refusal(const std::function<void(Tree&)>& spoil) {
  Tree tree = two_splits();
  spoil(tree);
  const auto made = Tree::make(tree, 2);
  return made ? "accepted" : made.error().message;
}

TEST(Tree, LeadsEveryRowToItsLeaf) {
  const Tree tree = *Tree::make(two_splits(), 2);
  EXPECT_EQ(tree.leaf_of(std::vector<double>{12, 0}), 1u) << "equal to the threshold goes left";
  EXPECT_EQ(tree.leaf_of(std::vector<double>{12.000000000000002, 1}), 3u);
  EXPECT_EQ(tree.leaf_of(std::vector<double>{NAN, 2}), 4u) << "NaN goes right";
  EXPECT_EQ(tree.depth(), 2u);
}

TEST(Split, AValueThatIsNoCategoryGoesToTheLargerSide) {
  const Split few_left{.num_categories = 5, .left_categories = {1, 3}};
  const Split many_left{.num_categories = 5, .left_categories = {0, 1, 3}};
  const Split half_left{.num_categories = 4, .left_categories = {1, 3}};
  for (const double stranger :
       {5.0, -1.0, 1.5, 1e300, static_cast<double>(NAN), static_cast<double>(INFINITY)}) {
    EXPECT_FALSE(few_left.goes_left(stranger)) << stranger;
    EXPECT_TRUE(many_left.goes_left(stranger)) << stranger;
    EXPECT_FALSE(half_left.goes_left(stranger)) << stranger;
  }
  for (const double category : {0.0, 1.0, 2.0, 3.0, 4.0}) {
    EXPECT_EQ(few_left.goes_left(category), category == 1 || category == 3);
    EXPECT_EQ(many_left.goes_left(category), category == 0 || category == 1 || category == 3);
  }
  EXPECT_TRUE(many_left.goes_left(-0.0));
}

TEST(Tree, RefusesEveryMalformedShape) {
  EXPECT_EQ(refusal([](Tree&) {}), "accepted");
  EXPECT_THAT(refusal([](Tree& tree) { tree = Tree(); }), HasSubstr("no node"));
  EXPECT_THAT(refusal([](Tree& tree) { tree.gain.pop_back(); }), HasSubstr("differ in length"));
  EXPECT_THAT(refusal([](Tree& tree) { tree.stats.pop_back(); }), HasSubstr("differ in length"));
  EXPECT_THAT(refusal([](Tree& tree) { tree.num_stats = 0; }), HasSubstr("differ in length"));
  EXPECT_THAT(refusal([](Tree& tree) { tree.left[2] = 0; }), HasSubstr("node 2 has a child before itself"));
  EXPECT_THAT(refusal([](Tree& tree) { tree.right[2] = 2; }), HasSubstr("node 2 has a child before itself"));
  EXPECT_THAT(refusal([](Tree& tree) { tree.right[2] = 99; }), HasSubstr("child that is not there"));
  EXPECT_THAT(refusal([](Tree& tree) { tree.right[0] = 1; }), HasSubstr("one child twice"));
  EXPECT_THAT(refusal([](Tree& tree) { tree.right[0] = 3; }), HasSubstr("left sibling"));
  EXPECT_THAT(refusal([](Tree& tree) { tree.right[1] = 2; }), HasSubstr("one child"));
  EXPECT_THAT(refusal([](Tree& tree) { tree.left[2] = tree.right[2] = -1, tree.feature[2] = -1; }),
              HasSubstr("node 3 is nobody's child"));
  EXPECT_THAT(refusal([](Tree& tree) { tree.left[4] = 5, tree.right[4] = 6; }), HasSubstr("not there"));
}

TEST(Tree, RefusesEveryBadNumber) {
  EXPECT_THAT(refusal([](Tree& tree) { tree.feature[0] = 2; }), HasSubstr("feature 2 of 2"));
  EXPECT_THAT(refusal([](Tree& tree) { tree.feature[0] = -1; }), HasSubstr("feature -1"));
  EXPECT_THAT(refusal([](Tree& tree) { tree.feature[1] = 0; }), HasSubstr("is a leaf but has a feature"));
  EXPECT_THAT(refusal([](Tree& tree) { tree.split[0].threshold = NAN; }),
              HasSubstr("threshold that is no number"));
  EXPECT_THAT(refusal([](Tree& tree) { tree.split[0].num_categories = -7; }), HasSubstr("negative number"));
  for (const double category : {4.0, -1.0, 0.5, static_cast<double>(NAN)})
    EXPECT_THAT(refusal([&](Tree& tree) { tree.split[2].left_categories = {category}; }),
                HasSubstr("category that it does not have"));
  EXPECT_THAT(refusal([](Tree& tree) { tree.split[2].left_categories = {2, 1}; }), HasSubstr("out of order"));
  EXPECT_THAT(refusal([](Tree& tree) { tree.split[2].left_categories = {1, 1}; }), HasSubstr("out of order"));
  EXPECT_THAT(refusal([](Tree& tree) { tree.stats[3] = INFINITY; }), HasSubstr("node 1 has a count"));
  EXPECT_THAT(refusal([](Tree& tree) { tree.prediction[3] = NAN; }), HasSubstr("prediction"));
  EXPECT_THAT(refusal([](Tree& tree) { tree.impurity[3] = NAN; }), HasSubstr("impurity"));
  EXPECT_THAT(refusal([](Tree& tree) { tree.gain[0] = INFINITY; }), HasSubstr("gain"));
}

}  // namespace
}  // namespace churnstream
