#include "sink/postgres_history.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <limits>

#include "base/sql_text.h"
#include "sink/postgres_catalog.h"

namespace churnstream {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kRestsFor = 10;  // times what the last answer took: the server has better things to do

double number_or(const PostgresRows& rows, int row, int column, double nothing) {
  return rows.is_null(row, column) ? nothing : rows.number(row, column);
}

class PostgresHistory : public History {
 public:
  PostgresHistory(PostgresSettings settings, const std::string& value_column)
      : settings_(std::move(settings)),
        scores_(postgres_table(settings_, "churn_scores")),
        value_(value_column.empty() ? "NULL::double precision" : sql_name(value_column)) {}

  Result<RiskSummary> summary(std::size_t at_risk_max) override {
    const Clock::time_point begin = Clock::now();
    if (begin < rests_until_) return last_;
    if (!connection_) {
      CHURNSTREAM_TRY_ASSIGN(connection_, PostgresConnection::connect(settings_));
    }
    RiskSummary summary;
    const PostgresResult<void> done = read(summary, at_risk_max);
    if (!done) {
      const std::string place = connection_->place();
      connection_.reset();
      return failed("reading the store", place, done.error().message);
    }
    rests_until_ = Clock::now() + kRestsFor * (Clock::now() - begin);
    last_ = summary;
    return summary;
  }

 private:
  // One transaction is one moment: a commit in between is not seen by half.
  PostgresResult<void> read(RiskSummary& summary, std::size_t at_risk_max) {
    bool is_there = false;
    const auto tables = fmt::format(
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT to_regclass({}) IS NOT NULL AND "
        "to_regclass({}) IS"
        " NOT NULL, to_regclass({}) IS NOT NULL",
        sql_text(scores_), sql_text(postgres_table(settings_, "churn_positions")),
        sql_text(postgres_table(settings_, "churn_events")));
    bool has_events = false;
    auto done = each(tables, [&](const PostgresRows& rows, int row) {
      is_there = rows.text(row, 0) == "t";
      has_events = rows.text(row, 1) == "t";
    });
    if (done && is_there) done = read_scores(summary, at_risk_max);
    if (done && is_there && has_events)
      done = each("SELECT count(*) FROM " + postgres_table(settings_, "churn_events"),
                  [&](const PostgresRows& rows, int row) { summary.events = count(rows, row, 0); });
    if (done && is_there) done = read_positions(summary);
    if (!done) return done;
    return each("COMMIT", [](const PostgresRows&, int) {});
  }

  PostgresResult<void> read_scores(RiskSummary& summary, std::size_t at_risk_max) {
    auto done = each(
        fmt::format("SELECT count(*), count(*) FILTER (WHERE flagged), sum(probability),"
                    " sum(probability * (1 - probability)), sum({0}) FILTER (WHERE probability IS NOT NULL),"
                    " sum(probability * {0}), sum(probability * (1 - probability) * {0} * {0}) FROM {1}",
                    value_, scores_),
        [&](const PostgresRows& rows, int row) {
          summary.customers = count(rows, row, 0);
          summary.flagged = count(rows, row, 1);
          summary.expected_churners = number_or(rows, row, 2, 0);
          summary.expected_churners_sd = std::sqrt(number_or(rows, row, 3, 0));
          summary.revenue = number_or(rows, row, 4, 0);
          summary.revenue_at_risk = number_or(rows, row, 5, 0);
          summary.revenue_at_risk_sd = std::sqrt(number_or(rows, row, 6, 0));
        });
    if (done)
      done = each(fmt::format("SELECT risk_band, count(*) FROM {} GROUP BY 1", scores_),
                  [&](const PostgresRows& rows, int row) {
                    summary.bands[std::string(rows.text(row, 0))] = count(rows, row, 1);
                  });
    if (done)
      done = each(fmt::format("SELECT least(floor(probability * {}), {})::int, count(*) FROM {}"
                              " WHERE probability IS NOT NULL GROUP BY 1",
                              kRiskBins, kRiskBins - 1, scores_),
                  [&](const PostgresRows& rows, int row) {
                    summary.histogram[static_cast<std::size_t>(rows.integer(row, 0))] = count(rows, row, 1);
                  });
    if (!done) return done;
    return each(
        fmt::format(
            "SELECT customer_id, probability, prediction, risk_band, {}, expected_loss,"
            " (extract(epoch FROM event_time) * 1000000)::bigint,"
            " (extract(epoch FROM scored_at) * 1000000)::bigint FROM {}"
            " ORDER BY expected_loss DESC NULLS LAST, probability DESC NULLS LAST, customer_id COLLATE \"C\""
            " LIMIT {}",
            value_, scores_, at_risk_max),
        [&](const PostgresRows& rows, int row) { summary.at_risk.push_back(customer(rows, row)); });
  }

  static CustomerScore customer(const PostgresRows& rows, int row) {
    constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();
    CustomerScore score;
    score.customer_id = rows.text(row, 0);
    score.probability = number_or(rows, row, 1, kNothing);
    score.prediction = rows.text(row, 2);
    score.risk_band = rows.text(row, 3);
    score.value = number_or(rows, row, 4, kNothing);
    score.expected_loss = number_or(rows, row, 5, kNothing);
    score.event_time_us = rows.integer(row, 6);
    score.scored_at_us = rows.integer(row, 7);
    return score;
  }

  PostgresResult<void> read_positions(RiskSummary& summary) {
    return each("SELECT topic, partition, next FROM " + postgres_table(settings_, "churn_positions"),
                [&](const PostgresRows& rows, int row) {
                  const Partition partition{std::string(rows.text(row, 0)),
                                            static_cast<std::int32_t>(rows.integer(row, 1))};
                  summary.positions.next[partition] = Offset{rows.integer(row, 2)};
                });
  }

  static std::uint64_t count(const PostgresRows& rows, int row, int column) {
    return static_cast<std::uint64_t>(rows.integer(row, column));
  }

  template <typename Take>
  PostgresResult<void> each(const std::string& sql, Take take) {
    const auto rows = connection_->run(sql);
    if (!rows) return tl::make_unexpected(rows.error());
    for (int row = 0; row < rows->size(); ++row) take(*rows, row);
    return {};
  }

  const PostgresSettings settings_;
  const std::string scores_;
  const std::string value_;  // an SQL expression
  std::unique_ptr<PostgresConnection> connection_;
  RiskSummary last_;
  Clock::time_point rests_until_;
};

}  // namespace

std::unique_ptr<History> open_postgres_history(PostgresSettings settings, std::string value_column) {
  return std::make_unique<PostgresHistory>(std::move(settings), value_column);
}

}  // namespace churnstream
