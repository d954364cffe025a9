#include "table/duckdb_table.h"
#include "base/sql_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "testing/temporary_folder.h"

namespace churnstream {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Gone when the tests end.
Path fresh_folder(const std::string& name) {
  static const TemporaryFolder all;
  const Path folder = all / ("table_test [" + name + "]*'");  // as bad as a path can be
  std::filesystem::create_directories(folder);
  return folder;
}

std::vector<TableColumn> customers() {
  std::vector<TableColumn> columns{{"id", CellType::integer},
                                   {"charge", CellType::number},
                                   {"na\"me", CellType::text},
                                   {"stats", CellType::number_list},
                                   {"labels", CellType::text_list}};
  const std::string long_text(100, 'x');
  for (std::int64_t row = 0; row < 5000; ++row) {
    columns[0].add(row - 3);
    columns[1].add(row == 7 ? NAN : 0.1 * static_cast<double>(row));
    columns[2].add(row % 2 == 0 ? "it's" : long_text);
    columns[3].add(std::vector<double>(static_cast<std::size_t>(row % 4), static_cast<double>(row)));
    if (row == 9)
      columns[4].add_null();
    else
      columns[4].add(std::vector<std::string>{"a", long_text});
  }
  return columns;
}

TEST(Tables, WhatIsWrittenAsParquetReadsBackTheSame) {
  const Path folder = fresh_folder("round trip");
  auto tables = *Tables::open();
  const auto columns = customers();
  ASSERT_TRUE(tables->add_table("customers", columns));
  const Path file = folder / "a.parquet";
  const auto written = tables->write_parquet("SELECT * FROM customers", file, {{"who", "it's us"}});
  ASSERT_TRUE(written) << written.error().message;

  auto reader = *Tables::open();
  const auto table = reader->read("SELECT * FROM " + parquet_files({file}));
  ASSERT_TRUE(table) << table.error().message;
  ASSERT_EQ(table->num_rows(), 5000u);
  EXPECT_EQ((*table)["id"].integers, columns[0].integers);
  EXPECT_TRUE(std::isnan((*table)["charge"].numbers[7]));
  EXPECT_EQ((*table)["charge"].numbers[4999], columns[1].numbers[4999]);
  EXPECT_EQ((*table)["na\"me"].texts, columns[2].texts);
  EXPECT_EQ((*table)["stats"].begins, columns[3].begins);
  EXPECT_EQ((*table)["stats"].numbers, columns[3].numbers);
  EXPECT_EQ((*table)["labels"].texts, columns[4].texts);
  EXPECT_EQ((*table)["labels"].is_null[9], 1);
  EXPECT_EQ((*table)["stats"].number_list(3).size(), 3u);

  const auto footer =
      reader->read("SELECT decode(value) AS value FROM parquet_kv_metadata(" + sql_text(file.string()) + ")");
  ASSERT_TRUE(footer) << footer.error().message;
  EXPECT_THAT((*footer)["value"].texts, ElementsAre("it's us"));
}

// Rows 0 to `count`, in runs longer than one of DuckDB's chunks.
class CountingRows : public RowStream {
 public:
  explicit CountingRows(std::size_t count) : count_(count) {}
  Result<void> rewind() override {
    at_ = 0;
    return {};
  }
  Result<std::size_t> next(std::vector<StreamedColumn>& columns) override {
    if (at_ == fails_at) return failed("counting", "rows", "no more of them");
    const std::size_t length = std::min<std::size_t>(5'000, count_ - at_);
    for (StreamedColumn& column : columns) column = {};
    for (std::size_t row = at_; row < at_ + length; ++row) {
      columns[0].texts.push_back(row % 2 == 0 ? "even" : "an odd one, longer than twelve");
      for (std::size_t index = 1; index < 4; ++index)
        columns[index].words.push_back(index == 2 ? row % 3 : row);
      for (std::size_t index = 0; index < 4; ++index) columns[index].is_null.push_back(row % 7 == 0);
    }
    for (std::size_t index = 4; index < columns.size(); ++index) add_few(columns[index], length);
    at_ += length;
    return length;
  }
  std::size_t fails_at = SIZE_MAX;

 private:
  // Few values, of which no row is null.
  void add_few(StreamedColumn& column, std::size_t length) const {
    column.texts = {"few", "and again longer than twelve"};
    column.words = {40, 41};
    for (std::size_t row = at_; row < at_ + length; ++row)
      column.places.push_back(static_cast<std::uint8_t>(row / 3 % 2));
  }

  const std::size_t count_;
  std::size_t at_ = 0;
};

TEST(Tables, AStreamIsDrawnOnceForEachSelect) {
  CountingRows rows(12'345);
  auto tables = *Tables::open();
  ASSERT_TRUE(tables->add_stream("counted",
                                 {{"t", StreamedType::text},
                                  {"n", StreamedType::integer},
                                  {"f", StreamedType::flag},
                                  {"w", StreamedType::time},
                                  {"few", StreamedType::text},
                                  {"fewer", StreamedType::integer}},
                                 rows));
  for (int again = 0; again < 2; ++again) {
    const auto table =
        tables->read("SELECT t, n, f::BIGINT AS f, epoch_us(w) AS w, few, fewer FROM counted()");
    ASSERT_TRUE(table) << table.error().message;
    ASSERT_EQ(table->num_rows(), 12'345u);
    for (std::size_t row = 0; row < table->num_rows(); ++row) {
      ASSERT_EQ((*table)["n"].is_null[row], row % 7 == 0);
      ASSERT_EQ((*table)["few"].texts[row], row / 3 % 2 == 0 ? "few" : "and again longer than twelve");
      ASSERT_EQ((*table)["fewer"].integers[row], row / 3 % 2 == 0 ? 40 : 41);
      if (row % 7 == 0) continue;
      ASSERT_EQ((*table)["t"].texts[row], row % 2 == 0 ? "even" : "an odd one, longer than twelve");
      ASSERT_EQ((*table)["n"].integers[row], static_cast<std::int64_t>(row));
      ASSERT_EQ((*table)["f"].integers[row], row % 3 != 0);
      ASSERT_EQ((*table)["w"].integers[row], static_cast<std::int64_t>(row));
    }
  }
  rows.fails_at = 10'000;
  const auto broken = tables->read("SELECT n FROM counted()");
  ASSERT_FALSE(broken);
  EXPECT_THAT(broken.error().message, HasSubstr("no more of them"));
}

TEST(Tables, SeveralFilesAreOneTable) {
  const Path folder = fresh_folder("several");
  auto tables = *Tables::open();
  ASSERT_TRUE(tables->write_parquet("SELECT 1::BIGINT AS id", folder / "a", {}));
  ASSERT_TRUE(tables->write_parquet("SELECT 2::BIGINT AS id", folder / "b", {}));
  const auto table = tables->read("SELECT id FROM " + parquet_files({folder / "a", folder / "b"}));
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_THAT((*table)["id"].integers, ElementsAre(1, 2));
}

TEST(Tables, AnErrorIsOneLine) {
  const Path folder = fresh_folder("error");
  auto tables = *Tables::open();
  const auto missing = tables->read("SELECT * FROM " + parquet_files({folder / "nothing.parquet"}));
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("No files found"));
  EXPECT_EQ(missing.error().message.find('\n'), std::string::npos);
  std::ofstream(folder / "noise.parquet") << "PAR1 this is no parquet file PAR1";
  EXPECT_FALSE(tables->read("SELECT * FROM " + parquet_files({folder / "noise.parquet"})));
}

TEST(Tables, RefusesMoreRowsThanAskedForAndTypesItDoesNotKnow) {
  auto tables = *Tables::open();
  EXPECT_THAT(tables->read("SELECT range FROM range(10)", 9).error().message, HasSubstr("more than 9 rows"));
  EXPECT_FALSE(tables->read("SELECT DATE '2020-01-01' AS day"));
}

}  // namespace
}  // namespace churnstream
