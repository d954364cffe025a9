#include "command/produced_rows.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "table/duckdb_table.h"
#include "testing/temporary_folder.h"

namespace churnstream {
namespace {

// "key=value" of every row, one after the other; or the error.
std::string rows_of(const ProducedRowsSettings& settings) {
  const auto rows = ProducedRows::open(settings);
  if (!rows) return rows.error().message;
  std::string all;
  for (;;) {
    const Result<bool> more = (*rows)->next();
    if (!more) return more.error().message;
    if (!*more) return all;
    all += std::string((*rows)->key().value_or("none")) + "=" + std::string((*rows)->value()) + "\n";
  }
}

Path parquet_in(const TemporaryFolder& folder, const std::string& select) {
  const Path file = folder / "rows.parquet";
  EXPECT_TRUE((*Tables::open())->write_parquet(select, file, {}));
  return file;
}

TEST(ProducedRows, AParquetFileBecomesCsvLinesKeyedByCustomer) {
  const TemporaryFolder folder;
  const std::string file =
      parquet_in(folder,
                 "SELECT * FROM (VALUES ('a', 1, 29.85, 'x,y'), ('b', 0, NULL, 'say \"hi\"')) "
                 "AS t(customerID, \"Senior{Citizen}\", charges, note)")
          .string();
  EXPECT_EQ(rows_of({.path = file}), "a=a,1,29.85,\"x,y\"\nb=b,0,,\"say \"\"hi\"\"\"\n");
  EXPECT_EQ(rows_of({.path = file, .key = "note", .drop = "customerID", .send_header = true}),
            "none=Senior{Citizen},charges,note\nx,y=1,29.85,\"x,y\"\nsay \"hi\"=0,,\"say \"\"hi\"\"\"\n");
  EXPECT_NE(rows_of({.path = file, .key = "nobody"}).find("it has no column \"nobody\""), std::string::npos);
}

TEST(ProducedRows, AParquetFileOfManyStretchesLosesNoRow) {
  const TemporaryFolder folder;
  const std::string file = parquet_in(folder, "SELECT range AS customerID FROM range(40000)").string();
  const auto rows = *ProducedRows::open({.path = file});
  std::uint64_t count = 0;
  while (*rows->next()) EXPECT_EQ(rows->value(), std::to_string(count++));
  EXPECT_EQ(count, 40'000u);
}

TEST(ProducedRows, WhatIsNoParquetFileIsSaid) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_file_atomically(folder / "rows.parquet", "not at all"));
  EXPECT_NE(rows_of({.path = (folder / "rows.parquet").string()}), "");
  EXPECT_NE(rows_of({.path = "-", .format = "parquet"}).find("standard input"), std::string::npos);
}

}  // namespace
}  // namespace churnstream
