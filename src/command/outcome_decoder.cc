#include "command/outcome_decoder.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/source_lines.h"
#include "decode/csv_decoder.h"
#include "decode/json_decoder.h"

namespace churnstream {
namespace {

Result<std::unique_ptr<Decoder>> csv_decoder(Schema schema, const OutcomeColumns& columns,
                                             std::vector<std::string> order) {
  if (order.empty()) {
    order = {columns.customer, columns.label};
    if (!columns.time.empty()) order.push_back(columns.time);
  }
  if (std::find(order.begin(), order.end(), columns.label) == order.end())
    return wrong("preparing to read CSV", "[outcomes] columns",
                 fmt::format("the label \"{}\" is none of them", columns.label));
  return make_csv_decoder({.columns = std::move(schema),
                           .order = std::move(order),
                           .key = columns.customer,
                           .label = columns.label});
}

tl::unexpected<std::string> no(std::string why) { return tl::unexpected<std::string>(std::move(why)); }

}  // namespace

Result<OutcomeDecoder> OutcomeDecoder::make(const std::string& format, OutcomeColumns columns,
                                            std::vector<std::string> order,
                                            std::shared_ptr<const ScoreTerms> terms) {
  std::vector<Field> fields = {{columns.customer, ColumnType::text}};
  if (!columns.time.empty()) fields.push_back({columns.time, ColumnType::text});
  CHURNSTREAM_TRY_ASSIGN(Schema schema, Schema::make(std::move(fields)));
  auto decoder = format == "csv"
                     ? csv_decoder(std::move(schema), columns, std::move(order))
                     : make_json_decoder(
                           {.columns = std::move(schema), .key = columns.customer, .label = columns.label});
  if (!decoder) return tl::make_unexpected(std::move(decoder).error());
  return OutcomeDecoder(*std::move(decoder), columns, std::move(terms));
}

OutcomeDecoder::OutcomeDecoder(std::unique_ptr<Decoder> decoder, const OutcomeColumns& columns,
                               std::shared_ptr<const ScoreTerms> terms)
    : decoder_(std::move(decoder)),
      terms_(std::move(terms)),
      customer_(*decoder_->schema()->find(columns.customer)),
      time_(decoder_->schema()->find(columns.time).value_or(0)),
      has_time_(!columns.time.empty()) {}

tl::expected<KnownOutcome, std::string> OutcomeDecoder::decode(const Partition& partition,
                                                               const RawRecord& record) {
  if (record.is_tombstone) return no("it has no value (a tombstone)");
  one_.clear();
  one_.partition = partition;
  one_.storage->assign(record.bytes);
  one_.records.push_back(record);
  one_.records.front().bytes = *one_.storage;
  one_.next = after(record.offset);
  SkipCounts skipped;
  decoder_->decode(one_, rows_, refused_, skipped);
  if (!refused_.empty()) return no(printable(refused_.front().reason));
  if (skipped.contains("header")) return no("it is a header line");
  if (rows_.num_rows() == 0) return no("it is blank");
  OutcomeWords words{.customer = rows_.column(customer_).text(0),
                     .label = decoder_->labels().front(),
                     .otherwise_us = record.time_us};
  if (has_time_) words.time = rows_.column(time_).text(0);
  return outcome_of(words, *terms_);
}

}  // namespace churnstream
