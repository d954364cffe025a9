#include "sink/sqlite_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <set>

#include "base/sql_text.h"
#include "sink/sqlite_database.h"

namespace churnstream {
namespace {

double number_or_nan(const SqliteStatement& row, int index) {
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

class SqliteHistory : public History {
 public:
  SqliteHistory(Path path, std::string value_column)
      : path_(std::move(path)), value_(value_column.empty() ? "NULL" : sql_name(value_column)) {}

  Result<RiskSummary> summary(std::size_t at_risk_max) override {
    RiskSummary summary;
    if (!database_ && !std::filesystem::exists(path_)) return summary;
    if (!database_) {
      CHURNSTREAM_TRY_ASSIGN(database_, SqliteDatabase::open(path_, SqliteDatabase::Mode::read_only));
    }
    // One read transaction is one moment: a commit in between is not seen by half.
    auto outcome = database_->run("BEGIN");
    if (outcome) outcome = read(summary, at_risk_max);
    if (database_->in_transaction()) (void)database_->run("ROLLBACK");
    if (!outcome) {
      database_.reset();
      return failed("reading the store", path_.string(), outcome.error().message);
    }
    return summary;
  }

 private:
  using Step = tl::expected<void, SqliteError>;

  Step read(RiskSummary& summary, std::size_t at_risk_max) {
    std::set<std::string, std::less<>> tables;
    Step done = each("SELECT name FROM sqlite_master WHERE type = 'table'",
                     [&](const SqliteStatement& row) { tables.emplace(row.text(0)); });
    if (!done || !tables.contains("churn_scores") || !tables.contains("churn_positions")) return done;
    Sums sums(summary);
    done =
        each(fmt::format("SELECT probability, {}, flagged, risk_band FROM churn_scores ORDER BY customer_id",
                         value_),
             [&](const SqliteStatement& row) {
               sums.add(number_or_nan(row, 0), number_or_nan(row, 1), row.integer(2) != 0, row.text(3));
             });
    if (!done) return done;
    sums.finish();
    if (tables.contains("churn_events"))
      done = each("SELECT count(*) FROM churn_events", [&](const SqliteStatement& row) {
        summary.events = static_cast<std::uint64_t>(row.integer(0));
      });
    if (!done) return done;
    done = each("SELECT topic, partition, next FROM churn_positions", [&](const SqliteStatement& row) {
      const Partition partition{std::string(row.text(0)), static_cast<std::int32_t>(row.integer(1))};
      summary.positions.next[partition] = Offset{row.integer(2)};
    });
    if (!done) return done;
    return each(
        fmt::format("SELECT customer_id, probability, prediction, risk_band, {}, expected_loss, event_time,"
                    " scored_at FROM churn_scores ORDER BY expected_loss DESC NULLS LAST,"
                    " probability DESC NULLS LAST, customer_id LIMIT {}",
                    value_, at_risk_max),
        [&](const SqliteStatement& row) { summary.at_risk.push_back(customer(row)); });
  }

  static CustomerScore customer(const SqliteStatement& row) {
    CustomerScore score;
    score.customer_id = row.text(0);
    score.probability = number_or_nan(row, 1);
    score.prediction = row.text(2);
    score.risk_band = row.text(3);
    score.value = number_or_nan(row, 4);
    score.expected_loss = number_or_nan(row, 5);
    score.event_time_us = row.integer(6);
    score.scored_at_us = row.integer(7);
    return score;
  }

  template <typename Take>
  Step each(const std::string& sql, Take take) {
    auto question = database_->prepare(sql);
    if (!question) return tl::make_unexpected(question.error());
    for (;;) {
      const auto more = question->step();
      if (!more) return tl::make_unexpected(more.error());
      if (!*more) return {};
      take(*question);
    }
  }

  const Path path_;
  const std::string value_;  // an SQL expression
  std::unique_ptr<SqliteDatabase> database_;
};

}  // namespace

Result<std::unique_ptr<History>> open_sqlite_history(Path path, std::string value_column) {
  return std::make_unique<SqliteHistory>(std::move(path), std::move(value_column));
}

}  // namespace churnstream
