#include "sink/postgres_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/sql_text.h"
#include "sink/outcome_record.h"
#include "sink/postgres_catalog.h"
#include "sink/sql_history.h"

namespace churnstream {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kRestsFor = 10;  // times what the last answer took: the server has better things to do

double number_or(const SqlRow& row, int column, double nothing) {
  return row.is_null(column) ? nothing : row.number(column);
}

std::uint64_t count(const SqlRow& row, int column) { return static_cast<std::uint64_t>(row.integer(column)); }

class PostgresRow : public SqlRow {
 public:
  PostgresRow(const PostgresRows& rows, int row) : rows_(rows), row_(row) {}
  bool is_null(int column) const override { return rows_.is_null(row_, column); }
  std::string_view text(int column) const override { return rows_.text(row_, column); }
  double number(int column) const override { return rows_.number(row_, column); }
  std::int64_t integer(int column) const override { return rows_.integer(row_, column); }

 private:
  const PostgresRows& rows_;
  const int row_;
};

class PostgresHistory : public SqlHistory {
 public:
  PostgresHistory(PostgresSettings settings, const std::string& value_column,
                  std::chrono::milliseconds patience)
      : SqlHistory(patience), settings_(std::move(settings)) {
    place_.value = value_column.empty() ? "NULL::double precision" : sql_name(value_column);
    place_.columns_of =
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = to_regclass({})"
        " AND attnum > 0 AND NOT attisdropped ORDER BY attnum";
    place_.micros = "(extract(epoch FROM {}) * 1000000)::bigint";
    place_.bytewise = " COLLATE \"C\"";
  }

  Result<RiskSummary> summary(std::size_t at_risk_max) override {
    const Clock::time_point begin = Clock::now();
    if (begin < rests_until_) return last_;
    auto summary = in_one_moment<RiskSummary>([&] { return read_summary(at_risk_max); });
    if (!summary) return summary;
    rests_until_ = Clock::now() + kRestsFor * (Clock::now() - begin);
    last_ = *summary;
    return summary;
  }

 private:
  Result<bool> connect() override {
    if (!connection_) {
      CHURNSTREAM_TRY_ASSIGN(connection_, PostgresConnection::connect(settings_));
    }
    return true;
  }

  Result<void> hurry(std::chrono::milliseconds patience) override {
    return each(fmt::format("SET LOCAL statement_timeout = {}", std::max<std::int64_t>(1, patience.count())),
                [](const SqlRow&) {});
  }

  void end(bool in_trouble) override {
    const bool is_over = connection_->run("ROLLBACK").has_value();
    if (!is_over || in_trouble) connection_.reset();
  }

  Result<void> begin() override {
    const std::string scores = postgres_table(settings_, "churn_scores"),
                      events = postgres_table(settings_, "churn_events"),
                      outcomes = postgres_table(settings_, kOutcomesTable);
    return each(
        fmt::format("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT to_regclass({}) IS NOT NULL AND"
                    " to_regclass({}) IS NOT NULL, to_regclass({}) IS NOT NULL, to_regclass({}) IS NOT NULL",
                    sql_text(scores), sql_text(postgres_table(settings_, "churn_positions")),
                    sql_text(events), sql_text(outcomes)),
        [&](const SqlRow& row) {
          const bool is_ours = row.text(0) == "t";
          place_.scores = is_ours ? scores : "";
          place_.events = is_ours && row.text(1) == "t" ? events : "";
          place_.outcomes = is_ours && row.text(2) == "t" ? outcomes : "";
        });
  }

  Result<RiskSummary> read_summary(std::size_t at_risk_max) {
    RiskSummary summary;
    if (place_.scores.empty()) return summary;
    CHURNSTREAM_TRY(read_sums(summary));
    CHURNSTREAM_TRY(read_spread(summary));
    if (!place_.events.empty())
      CHURNSTREAM_TRY(each("SELECT count(*) FROM " + place_.events,
                           [&](const SqlRow& row) { summary.events = count(row, 0); }));
    CHURNSTREAM_TRY(
        each("SELECT topic, partition, next FROM " + postgres_table(settings_, "churn_positions"),
             [&](const SqlRow& row) {
               const Partition partition{std::string(row.text(0)), static_cast<std::int32_t>(row.integer(1))};
               summary.positions.next[partition] = Offset{row.integer(2)};
             }));
    CHURNSTREAM_TRY(each(
        fmt::format("SELECT {} FROM {} ORDER BY expected_loss DESC NULLS LAST, probability DESC NULLS LAST,"
                    " customer_id COLLATE \"C\" LIMIT {}",
                    customer_columns(place_), place_.scores, at_risk_max),
        [&](const SqlRow& row) { summary.at_risk.push_back(customer_of(row)); }));
    return summary;
  }

  Result<void> read_sums(RiskSummary& summary) {
    return each(
        fmt::format("SELECT count(*), count(*) FILTER (WHERE flagged), sum(probability),"
                    " sum(probability * (1 - probability)), sum({0}) FILTER (WHERE probability IS NOT NULL),"
                    " sum(probability * {0}), sum(probability * (1 - probability) * {0} * {0}) FROM {1}",
                    place_.value, place_.scores),
        [&](const SqlRow& row) {
          summary.customers = count(row, 0);
          summary.flagged = count(row, 1);
          summary.expected_churners = number_or(row, 2, 0);
          summary.expected_churners_sd = std::sqrt(number_or(row, 3, 0));
          summary.revenue = number_or(row, 4, 0);
          summary.revenue_at_risk = number_or(row, 5, 0);
          summary.revenue_at_risk_sd = std::sqrt(number_or(row, 6, 0));
        });
  }

  Result<void> read_spread(RiskSummary& summary) {
    CHURNSTREAM_TRY(
        each(fmt::format("SELECT risk_band, count(*) FROM {} GROUP BY 1", place_.scores),
             [&](const SqlRow& row) { summary.bands[std::string(row.text(0))] = count(row, 1); }));
    return each(fmt::format("SELECT least(floor(probability * {}), {})::int, count(*) FROM {}"
                            " WHERE probability IS NOT NULL GROUP BY 1",
                            kRiskBins, kRiskBins - 1, place_.scores),
                [&](const SqlRow& row) {
                  summary.histogram[static_cast<std::size_t>(row.integer(0))] = count(row, 1);
                });
  }

  Result<void> each(const std::string& sql, const std::function<void(const SqlRow&)>& take) override {
    const auto rows = connection_->run(sql);
    if (!rows) return failed("reading the store", connection_->place(), rows.error().message);
    for (int row = 0; row < rows->size(); ++row) take(PostgresRow(*rows, row));
    return {};
  }

  const PostgresSettings settings_;
  std::unique_ptr<PostgresConnection> connection_;
  RiskSummary last_;
  Clock::time_point rests_until_;
};

}  // namespace

std::unique_ptr<History> open_postgres_history(PostgresSettings settings, std::string value_column,
                                               std::chrono::milliseconds patience) {
  return std::make_unique<PostgresHistory>(std::move(settings), value_column, patience);
}

}  // namespace churnstream
