#include "sink/snowflake_rows.h"

#include <algorithm>
#include <chrono>

#include "base/ascii.h"
#include "base/json_text.h"

namespace churnstream {
namespace {

constexpr EpochMicros kFirstTime = -62'135'596'800'000'000;  // 0001-01-01T00:00:00
constexpr EpochMicros kLastTime = 253'402'300'799'999'999;   // 9999-12-31T23:59:59.999999

void append_digits(std::string& out, unsigned long long number, std::size_t digits) {
  const std::size_t begin = out.size();
  out.resize(begin + digits);
  for (std::size_t i = digits; i > 0; --i, number /= 10)
    out[begin + i - 1] = static_cast<char>('0' + number % 10);
}

}  // namespace

SnowflakeType snowflake_type(RecordKind kind) {
  switch (kind) {
    case RecordKind::text: return {"VARCHAR", "TEXT"};
    case RecordKind::number: return {"DOUBLE", "FLOAT"};
    case RecordKind::flag: return {"BOOLEAN", "BOOLEAN"};
    case RecordKind::integer: return {"NUMBER(38,0)", "NUMBER"};
    case RecordKind::time: return {"TIMESTAMP_NTZ(6)", "TIMESTAMP_NTZ"};
  }
  return {"VARCHAR", "TEXT"};
}

void append_snowflake_time(std::string& out, EpochMicros time_us) {
  using namespace std::chrono;
  const sys_time<microseconds> time{microseconds(std::clamp(time_us, kFirstTime, kLastTime))};
  const sys_days day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss<microseconds> clock(time - day);
  append_digits(out, static_cast<unsigned long long>(static_cast<int>(date.year())), 4);
  out += '-';
  append_digits(out, static_cast<unsigned>(date.month()), 2);
  out += '-';
  append_digits(out, static_cast<unsigned>(date.day()), 2);
  out += 'T';
  append_digits(out, static_cast<unsigned long long>(clock.hours().count()), 2);
  out += ':';
  append_digits(out, static_cast<unsigned long long>(clock.minutes().count()), 2);
  out += ':';
  append_digits(out, static_cast<unsigned long long>(clock.seconds().count()), 2);
  out += '.';
  append_digits(out, static_cast<unsigned long long>(clock.subseconds().count()), 6);
}

SnowflakeRowText::SnowflakeRowText(const ScoredRecord& record) : record_(record) {
  for (const RecordColumn& column : record.columns()) {
    columns_.push_back({upper_ascii(column.name), column.kind, column.name});
    std::string& name = json_names_.emplace_back(columns_.size() == 1 ? "{" : ",");
    append_json_text(name, columns_.back().name);
    name += ':';
  }
}

void SnowflakeRowText::append(std::string& out, const ScoredBatch& batch, std::size_t row) const {
  for (std::size_t column = 0; column < columns_.size(); ++column) {
    out += json_names_[column];
    append_json_cell(out, record_.cell(batch, row, column), append_snowflake_time);
  }
  out += '}';
}

}  // namespace churnstream
