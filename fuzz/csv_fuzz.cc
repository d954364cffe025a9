// Any bytes at all through framing and the CSV decoder: nothing crashes, every record ends in exactly one of
// rows, refused and skipped, and how the bytes arrive changes nothing.
#include <cstdint>
#include <map>
#include <string>

#include "base/log.h"
#include "base/result.h"
#include "decode/csv_decoder.h"
#include "source/record_framing.h"

namespace churnstream {
namespace {

struct Choices {
  bool has_order;
  std::size_t piece, records_max;
  std::uint64_t record_bytes_max;
};

std::unique_ptr<Decoder> make_decoder(const Choices& choices) {
  CsvSettings settings;
  settings.columns = Schema::make({{"id"}, {"plan"}, {"tenure", ColumnType::number}}).value();
  settings.key = "id";
  settings.label = "Churn";
  if (choices.has_order) settings.order = {"id", "plan", "tenure", "Churn"};
  return make_csv_decoder(std::move(settings)).value();
}

// Everything that came out, by record, so that two ways of feeding can be compared.
using Seen = std::map<Offset, std::string>;

class Walk {
 public:
  explicit Walk(const Choices& choices)
      : choices_(choices), framing_(choices.record_bytes_max), decoder_(make_decoder(choices)) {}

  Seen run(std::string_view bytes) {
    for (std::size_t begin = 0; begin < bytes.size(); begin += choices_.piece) {
      framing_.add(bytes.substr(begin, choices_.piece));
      take_all(false);
    }
    take_all(true);
    insist(framing_.bytes_waiting() == 0, "no byte stays behind");
    return seen_;
  }

 private:
  void take_all(bool ended) {
    for (;;) {
      framing_.take(choices_.records_max, ended, raw_);
      if (raw_.records.empty()) return;
      for (RawRecord& record : raw_.records) {
        insist(record.bytes.size() <= choices_.record_bytes_max, "a record keeps the limit");
        record.offset = Offset{offset_++};
      }
      raw_.next = Offset{offset_};
      decode();
    }
  }

  void decode() {
    SkipCounts skipped;
    decoder_->decode(raw_, rows_, refused_, skipped);
    std::size_t accounted = rows_.num_rows() + refused_.size();
    for (const auto& [reason, count] : skipped) accounted += count;
    insist(accounted == raw_.records.size(), "every record ends in exactly one of the three");
    insist(decoder_->labels().size() == rows_.num_rows(), "every row has its label");
    for (std::size_t row = 0; row < rows_.num_rows(); ++row) {
      insist(!rows_.column(0).text(row).empty(), "every row has a key");
      const bool is_missing = rows_.column(2).is_missing(row);
      insist(is_missing == (rows_.column(2).number(row) != rows_.column(2).number(row)),
             "a missing number is NaN");
      seen_[rows_.extent().offsets[row]] = std::string(rows_.column(0).text(row)) + "," +
                                           std::string(rows_.column(1).text(row)) + "," +
                                           decoder_->labels()[row];
    }
    for (const RefusedRow& row : refused_) {
      insist(!row.reason.empty(), "a refusal has its reason");
      seen_[row.offset] = row.reason + row.raw;
    }
  }

  Choices choices_;
  RecordFraming framing_;
  std::unique_ptr<Decoder> decoder_;
  RawBatch raw_;
  RecordBatch rows_;
  std::vector<RefusedRow> refused_;
  std::int64_t offset_ = 0;
  Seen seen_;
};

}  // namespace
}  // namespace churnstream

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace churnstream;
  set_log_level(LogLevel::error);
  if (size < 3) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 3, size - 3);
  Choices choices{(data[0] & 1) != 0, 1u + data[1] % 64u, 1'000'000, 1u + data[2]};
  Choices whole = choices;
  whole.piece = 1'000'000;
  const Seen in_pieces = Walk(choices).run(bytes);
  insist(in_pieces == Walk(whole).run(bytes), "how the bytes arrive changes nothing");

  // The same bytes as first records of a file that is guessed at.
  RecordFraming framing;
  framing.add(bytes);
  RawBatch first;
  framing.take(100, true, first);
  (void)guess_schema(first, "id", "Churn");
  return 0;
}
