// The questions of data/history.h about single customers and segments, as SQL that SQLite and PostgreSQL both
// understand. A store says how a few things are written and runs the statements; what comes from outside is
// quoted, or compared with the table's columns first.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "data/history.h"

namespace churnstream {

// One row of an answer; views live until the next one.
class SqlRow {
 public:
  virtual ~SqlRow() = default;
  virtual bool is_null(int column) const = 0;
  virtual std::string_view text(int column) const = 0;
  virtual double number(int column) const = 0;
  virtual std::int64_t integer(int column) const = 0;
};

// What the statements run on. Errors are trouble of the store.
class SqlReader {
 public:
  virtual ~SqlReader() = default;
  virtual Result<void> each(const std::string& sql, const std::function<void(const SqlRow&)>& take) = 0;
};

struct SqlPlace {
  std::string scores, events, outcomes;  // the tables; empty: the store has none
  std::string value;                     // an expression: the customer's money per month, or NULL
  std::string columns_of;  // a statement with {} for a table's name as text: its columns, name and type
  std::string micros;      // an expression with {} for a column of time: microseconds since 1970
  std::string bytewise;    // behind a text, so that it is ordered by its bytes
};

// Of a row that begins with customer_columns().
std::string customer_columns(const SqlPlace& place);
CustomerScore customer_of(const SqlRow& row);

Result<CustomerPage> ask_customers(SqlReader& reader, const SqlPlace& place, const CustomerQuery& query);
Result<std::optional<CustomerDetail>> ask_customer(SqlReader& reader, const SqlPlace& place,
                                                   const std::string& id);
Result<std::vector<Segment>> ask_segments(SqlReader& reader, const SqlPlace& place,
                                          const CustomerFilter& filter, const std::vector<SegmentAxis>& axes,
                                          const std::vector<std::string>& sums);
Result<OutcomeSpread> ask_outcomes(SqlReader& reader, const SqlPlace& place, EpochMicros until_us);

// The history of a store that speaks SQL: what differs is how it is opened and how it adds up.
class SqlHistory : public History, protected SqlReader {
 public:
  // A question other than the summary that takes longer is given up: trouble.
  explicit SqlHistory(std::chrono::milliseconds patience) : patience_(patience) {}

  Result<CustomerPage> customers(const CustomerQuery& query) final {
    return in_one_moment<CustomerPage>([&] { return ask_customers(*this, place_, query); }, patience_);
  }
  Result<std::optional<CustomerDetail>> customer(const std::string& id) final {
    return in_one_moment<std::optional<CustomerDetail>>([&] { return ask_customer(*this, place_, id); },
                                                        patience_);
  }
  Result<std::vector<Segment>> segments(const CustomerFilter& filter, const std::vector<SegmentAxis>& axes,
                                        const std::vector<std::string>& sums) final {
    return in_one_moment<std::vector<Segment>>(
        [&] { return ask_segments(*this, place_, filter, axes, sums); }, patience_);
  }
  Result<OutcomeSpread> outcomes(EpochMicros until_us) final {
    return in_one_moment<OutcomeSpread>([&] { return ask_outcomes(*this, place_, until_us); }, patience_);
  }

 protected:
  // One transaction is one moment: a commit in between is not seen by half. Where there is no store yet the
  // answer is an empty one.
  template <typename Answer, typename Ask>
  Result<Answer> in_one_moment(Ask ask, std::optional<std::chrono::milliseconds> patience = {}) {
    CHURNSTREAM_TRY_ASSIGN(const bool is_there, connect());
    if (!is_there) return Answer();
    Result<void> begun = begin();
    if (begun && patience) begun = hurry(*patience);
    Result<Answer> answer = begun.and_then(ask);
    end(!answer && answer.error().kind == ErrorKind::trouble);
    return answer;
  }

  virtual Result<bool> connect() = 0;  // once, and again after trouble; false: there is no store yet
  virtual Result<void> begin() = 0;    // the transaction, and which tables there are
  virtual Result<void> hurry(std::chrono::milliseconds patience) = 0;  // each statement up to end()
  virtual void end(bool in_trouble) = 0;

  SqlPlace place_;

 private:
  const std::chrono::milliseconds patience_;
};

}  // namespace churnstream
