#include "sink/sqlite_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <set>

#include "base/sql_text.h"
#include "sink/outcome_record.h"
#include "sink/sql_history.h"
#include "sink/sqlite_database.h"

namespace churnstream {
namespace {

double number_or_nan(const SqlRow& row, int index) {
  return row.is_null(index) ? std::numeric_limits<double>::quiet_NaN() : row.number(index);
}

// Adds up one customer after the other, in the order of their ids, so that the same store gives the same
// bits.
class Sums {
 public:
  explicit Sums(RiskSummary& summary) : summary_(summary) {}

  void add(double probability, double value, bool flagged, std::string_view band) {
    ++summary_.customers;
    summary_.flagged += flagged ? 1 : 0;
    ++summary_.bands[std::string(band)];
    if (std::isnan(probability)) return;
    const double variance = probability * (1 - probability);
    summary_.expected_churners += probability;
    churners_variance_ += variance;
    const auto bin = static_cast<std::size_t>(probability * kRiskBins);
    ++summary_.histogram[std::min(bin, kRiskBins - 1)];
    if (std::isnan(value)) return;
    summary_.revenue += value;
    summary_.revenue_at_risk += probability * value;
    revenue_variance_ += variance * value * value;
  }
  void finish() {
    summary_.expected_churners_sd = std::sqrt(churners_variance_);
    summary_.revenue_at_risk_sd = std::sqrt(revenue_variance_);
  }

 private:
  RiskSummary& summary_;
  double churners_variance_ = 0, revenue_variance_ = 0;
};

class SqliteRow : public SqlRow {
 public:
  explicit SqliteRow(const SqliteStatement& row) : row_(row) {}
  bool is_null(int column) const override { return row_.is_null(column); }
  std::string_view text(int column) const override { return row_.text(column); }
  double number(int column) const override { return row_.number(column); }
  std::int64_t integer(int column) const override { return row_.integer(column); }

 private:
  const SqliteStatement& row_;
};

class SqliteHistory : public SqlHistory {
 public:
  SqliteHistory(Path path, const std::string& value_column, std::chrono::milliseconds patience)
      : SqlHistory(patience), path_(std::move(path)) {
    place_.value = value_column.empty() ? "NULL" : sql_name(value_column);
    place_.columns_of = "SELECT name, type FROM pragma_table_info({})";
    place_.micros = "{}";
  }

  Result<RiskSummary> summary(std::size_t at_risk_max) override {
    return in_one_moment<RiskSummary>([&] { return read_summary(at_risk_max); });
  }

 private:
  Result<bool> connect() override {
    if (!database_ && !std::filesystem::exists(path_)) return false;
    if (!database_) {
      CHURNSTREAM_TRY_ASSIGN(database_, SqliteDatabase::open(path_, SqliteDatabase::Mode::read_only));
    }
    return true;
  }

  Result<void> hurry(std::chrono::milliseconds patience) override {
    database_->set_deadline(std::chrono::steady_clock::now() + patience);
    return {};
  }

  void end(bool in_trouble) override {
    database_->set_deadline(std::nullopt);
    if (database_->in_transaction()) (void)database_->run("ROLLBACK");
    if (in_trouble) database_.reset();
  }

  Result<void> begin() override {
    if (const auto begun = database_->run("BEGIN"); !begun) return trouble(begun.error());
    std::set<std::string, std::less<>> tables;
    CHURNSTREAM_TRY(each("SELECT name FROM sqlite_master WHERE type = 'table'",
                         [&](const SqlRow& row) { tables.emplace(row.text(0)); }));
    const bool is_ours = tables.contains("churn_scores") && tables.contains("churn_positions");
    place_.scores = is_ours ? "churn_scores" : "";
    place_.outcomes = is_ours && tables.contains(kOutcomesTable) ? kOutcomesTable : "";
    place_.events = is_ours && tables.contains("churn_events") ? "churn_events" : "";
    return {};
  }

  Result<RiskSummary> read_summary(std::size_t at_risk_max) {
    RiskSummary summary;
    if (place_.scores.empty()) return summary;
    Sums sums(summary);
    CHURNSTREAM_TRY(
        each(fmt::format("SELECT probability, {}, flagged, risk_band FROM churn_scores ORDER BY customer_id",
                         place_.value),
             [&](const SqlRow& row) {
               sums.add(number_or_nan(row, 0), number_or_nan(row, 1), row.integer(2) != 0, row.text(3));
             }));
    sums.finish();
    if (!place_.events.empty())
      CHURNSTREAM_TRY(each("SELECT count(*) FROM churn_events", [&](const SqlRow& row) {
        summary.events = static_cast<std::uint64_t>(row.integer(0));
      }));
    CHURNSTREAM_TRY(each("SELECT topic, partition, next FROM churn_positions", [&](const SqlRow& row) {
      const Partition partition{std::string(row.text(0)), static_cast<std::int32_t>(row.integer(1))};
      summary.positions.next[partition] = Offset{row.integer(2)};
    }));
    CHURNSTREAM_TRY(each(fmt::format("SELECT {} FROM churn_scores ORDER BY expected_loss DESC NULLS LAST,"
                                     " probability DESC NULLS LAST, customer_id LIMIT {}",
                                     customer_columns(place_), at_risk_max),
                         [&](const SqlRow& row) { summary.at_risk.push_back(customer_of(row)); }));
    return summary;
  }

  Result<void> each(const std::string& sql, const std::function<void(const SqlRow&)>& take) override {
    auto question = database_->prepare(sql);
    if (!question) return trouble(question.error());
    for (;;) {
      const auto more = question->step();
      if (!more) return trouble(more.error());
      if (!*more) return {};
      take(SqliteRow(*question));
    }
  }

  tl::unexpected<Error> trouble(const SqliteError& error) const {
    return failed("reading the store", path_.string(), error.message);
  }

  const Path path_;
  std::unique_ptr<SqliteDatabase> database_;
};

}  // namespace

Result<std::unique_ptr<History>> open_sqlite_history(Path path, std::string value_column,
                                                     std::chrono::milliseconds patience) {
  return std::make_unique<SqliteHistory>(std::move(path), value_column, patience);
}

}  // namespace churnstream
