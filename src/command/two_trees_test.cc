#include "testing/two_trees.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace churnstream {
namespace {

const Path kExample = Path(CHURNSTREAM_SOURCE_DIR) / "examples" / "two_trees";

// With CHURNSTREAM_WRITE_TWO_TREES=1 the committed directories are written anew.
TEST(TwoTrees, TheCommittedModelsAreTheOnesThatTheCodeMakes) {
  for (const auto& [folder, handle_invalid] :
       {std::pair{"model", HandleInvalid::keep}, std::pair{"strict_model", HandleInvalid::error}}) {
    const auto made = make_two_trees(handle_invalid);
    ASSERT_TRUE(made) << made.error().message;
    if (std::getenv("CHURNSTREAM_WRITE_TWO_TREES") != nullptr) {
      const auto saved = (*made)->save(kExample / folder);
      ASSERT_TRUE(saved) << saved.error().message;
    }
    const auto committed = PipelineModel::load(kExample / folder);
    ASSERT_TRUE(committed) << committed.error().message;
    EXPECT_EQ((*committed)->fingerprint(), (*made)->fingerprint());
    EXPECT_EQ((*committed)->notes()->raw, (*made)->notes()->raw);
  }
}

}  // namespace
}  // namespace churnstream
