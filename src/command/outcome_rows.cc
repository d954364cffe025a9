#include "command/outcome_rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "decode/csv_fields.h"
#include "source/record_framing.h"

namespace churnstream {
namespace {

constexpr std::size_t kRecordsAtOnce = 10'000;

class RowReader {
 public:
  RowReader(const OutcomeColumns& columns, const ScoreTerms& terms) : columns_(columns), terms_(terms) {}

  Result<void> take_header(const RawRecord& record) {
    if (const char* problem = fields_.split(record.bytes))
      return wrong("reading", "the header line", problem, "the first line names the columns");
    num_fields_ = fields_.size();
    CHURNSTREAM_TRY_ASSIGN(customer_, place_of(columns_.customer));
    CHURNSTREAM_TRY_ASSIGN(label_, place_of(columns_.label));
    if (columns_.time.empty()) return {};
    CHURNSTREAM_TRY_ASSIGN(time_, place_of(columns_.time));
    return {};
  }

  // Empty on success, otherwise why the record is refused.
  std::string take(const RawRecord& record, OutcomeRows& rows) {
    if (record.flaw != RecordFlaw::none) return "it is longer than a record may be, or a quote is not closed";
    if (const char* problem = fields_.split(record.bytes)) return problem;
    if (fields_.size() != num_fields_)
      return fmt::format("it has {} fields and not {}", fields_.size(), num_fields_);
    OutcomeWords words{.customer = fields_[customer_], .label = fields_[label_]};
    if (!columns_.time.empty()) words.time = fields_[time_];
    auto outcome = outcome_of(words, terms_);
    if (!outcome) return outcome.error();
    rows.known.push_back(*std::move(outcome));
    return {};
  }

 private:
  Result<std::size_t> place_of(const std::string& name) const {
    const auto found = std::find(fields_.all().begin(), fields_.all().end(), name);
    if (found != fields_.all().end()) return static_cast<std::size_t>(found - fields_.all().begin());
    return wrong("reading", "the header line", fmt::format("it has no column \"{}\"", name),
                 fmt::format("it has {}", fmt::join(fields_.all(), ", ")));
  }

  const OutcomeColumns& columns_;
  const ScoreTerms& terms_;
  CsvFields fields_;
  std::size_t num_fields_ = 0, customer_ = 0, label_ = 0, time_ = 0;
};

}  // namespace

Result<OutcomeRows> read_outcome_rows(std::string_view csv, const OutcomeColumns& columns,
                                      const ScoreTerms& terms) {
  RecordFraming framing;
  framing.add(csv);
  RowReader reader(columns, terms);
  OutcomeRows rows;
  RawBatch batch;
  std::uint64_t number = 0;  // of the record behind the header
  bool has_header = false;
  for (framing.take(kRecordsAtOnce, true, batch); !batch.records.empty();
       framing.take(kRecordsAtOnce, true, batch))
    for (const RawRecord& record : batch.records) {
      if (record.bytes.empty()) continue;
      if (!has_header) {
        CHURNSTREAM_TRY(reader.take_header(record));
        has_header = true;
        continue;
      }
      ++number;
      if (const std::string why = reader.take(record, rows); !why.empty())
        rows.refused.push_back(fmt::format("record {}: {}", number, why));
    }
  if (!has_header)
    return wrong("reading", "the outcomes", "there is no header line", "the first line names the columns");
  return rows;
}

}  // namespace churnstream
