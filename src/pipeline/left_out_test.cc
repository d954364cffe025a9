#include "pipeline/left_out.h"

#include <gtest/gtest.h>

#include "testing/scored_rows.h"

namespace churnstream {
namespace {

Delivery delivery_of(const std::vector<TestRow>& rows) {
  auto parcel = std::make_shared<Parcel>();
  parcel->scored = scored_rows(rows, rows.back().offset + 1);
  Delivery delivery;
  delivery.rows = rows.size();
  delivery.parcel = std::move(parcel);
  return delivery;
}

TEST(LeftOut, SaysHowManyRowsAndWhatABackfillHasToBeTold) {
  LeftOut left_out;
  EXPECT_EQ(left_out.rows(), 0u);
  left_out.add(delivery_of({{.offset = 40}, {.offset = 41}}));
  left_out.add(delivery_of({{.offset = 7}, {.offset = 9}}));
  EXPECT_EQ(left_out.rows(), 4u);
  EXPECT_EQ(left_out.text(), "4 rows, --from 0:7 --to 0:42");
}

}  // namespace
}  // namespace churnstream
