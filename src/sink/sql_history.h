// The questions of data/history.h about single customers and segments, as SQL that SQLite and PostgreSQL both
// understand. A store says how a few things are written and runs the statements; what comes from outside is
// quoted, or compared with the table's columns first.
#pragma once

#include <functional>
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
  std::string scores, events;  // the tables; empty: the store has none
  std::string value;           // an expression: the customer's money per month, or NULL
  std::string columns_of;      // a statement with {} for a table's name as text: its columns, name and type
  std::string micros;          // an expression with {} for a column of time: microseconds since 1970
  std::string bytewise;        // behind a text, so that it is ordered by its bytes
};

// Of a row that begins with customer_columns().
std::string customer_columns(const SqlPlace& place);
CustomerScore customer_of(const SqlRow& row);

Result<CustomerPage> ask_customers(SqlReader& reader, const SqlPlace& place, const CustomerQuery& query);
Result<std::optional<CustomerDetail>> ask_customer(SqlReader& reader, const SqlPlace& place,
                                                   const std::string& id);
Result<std::vector<Segment>> ask_segments(SqlReader& reader, const SqlPlace& place,
                                          const CustomerFilter& filter, const std::vector<SegmentAxis>& axes);

}  // namespace churnstream
