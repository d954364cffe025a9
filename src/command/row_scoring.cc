#include "command/row_scoring.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json_text.h"
#include "command/json_rows.h"
#include "command/stream_decoder.h"
#include "pipeline/expected_loss.h"
#include "pipeline/model_scorer.h"
#include "sink/scored_record.h"
#include "source/record_framing.h"

namespace churnstream {
namespace {

class RequestScorer : public RowScorer {
 public:
  struct Decoders {
    std::unique_ptr<Decoder> json;
    // A CSV decoder remembers the header line of its stream, and every request is one.
    std::function<std::unique_ptr<Decoder>()> make_csv;
  };

  RequestScorer(RowScoringParts parts, Decoders decoders, ScoredRecord record)
      : parts_(std::move(parts)),
        decoders_(std::move(decoders)),
        record_(std::move(record)),
        scorer_(make_model_scorer(parts_.model, parts_.scorer)),
        value_column_(find_value_column(*decoders_.json->schema(), parts_.terms->get()->value_column)) {}

  void score(RowsFormat format, std::string_view body, RowsAnswer& out) override {
    out.status = 200;
    out.text.clear();
    if (!(format == RowsFormat::json ? take_document(body, out) : take_lines(format, body, out))) return;
    batch_.terms = parts_.terms->get();
    std::unique_ptr<Decoder> csv = format == RowsFormat::csv ? decoders_.make_csv() : nullptr;
    (csv ? *csv : *decoders_.json).decode(raw_, batch_.rows, refused_, skipped_);
    const Result<void> done = scorer_->score(batch_, [&](std::size_t row, std::string reason) {
      refused_.push_back(refused_row(batch_, row, std::move(reason)));
    });
    if (!done) {
      out = {500, done.error().message};
      return;
    }
    add_expected_loss(batch_, value_column_);
    std::sort(refused_.begin(), refused_.end(),
              [](const RefusedRow& one, const RefusedRow& other) { return one.offset < other.offset; });
    is_one_ ? write_one(out) : write_all(format, out);
  }

 private:
  bool take_document(std::string_view body, RowsAnswer& out) {
    raw_.clear();
    raw_.storage->assign(body);
    cut_json_rows(*raw_.storage, parts_.rows_max, document_);
    if (document_.problem != nullptr) return fail(out, 400, document_.problem);
    if (document_.rows.size() > parts_.rows_max) return too_many(out);
    is_one_ = document_.is_one;
    for (const std::string_view row : document_.rows) raw_.records.push_back({.bytes = row});
    number_records();
    return true;
  }

  bool take_lines(RowsFormat format, std::string_view body, RowsAnswer& out) {
    RecordFraming framing(kRecordBytesMax, format == RowsFormat::csv ? Framing::csv : Framing::lines);
    framing.add(body);
    const std::size_t records_max = parts_.rows_max + (format == RowsFormat::csv ? 1 : 0);  // a header line
    framing.take(records_max + 1, true, raw_);
    is_one_ = false;
    number_records();
    return raw_.records.size() <= records_max || too_many(out);
  }

  void number_records() {
    std::int64_t number = 0;
    for (RawRecord& record : raw_.records) record.offset = Offset{number++};
    raw_.next = Offset{number};
  }

  bool too_many(RowsAnswer& out) const {
    return fail(out, 413, fmt::format("a request has at most {} rows", parts_.rows_max));
  }

  static bool fail(RowsAnswer& out, unsigned status, std::string text) {
    out = {status, std::move(text)};
    return false;
  }

  void write_one(RowsAnswer& out) {
    if (batch_.num_rows() == 1) return record_.append_json(out.text, batch_, 0);
    out.status = 422;
    out.text = refused_.empty() ? kNoRow : refused_.front().reason;
  }

  // Rows and refused ones in the order they came; what is left are lines that are no rows.
  void write_all(RowsFormat format, RowsAnswer& out) {
    std::size_t row = 0, refused = 0;
    for (const RawRecord& record : raw_.records) {
      const std::size_t length = out.text.size();
      out.text += length == 0 ? '[' : ',';
      if (row < batch_.num_rows() && batch_.rows.extent().offsets[row] == record.offset)
        record_.append_json(out.text, batch_, row++);
      else if (refused < refused_.size() && refused_[refused].offset == record.offset)
        append_refused(out.text, refused_[refused].key, refused_[refused].reason), ++refused;
      else if (format == RowsFormat::json)
        append_refused(out.text, "", kNoRow);
      else
        out.text.resize(length);
    }
    out.text += out.text.empty() ? "[]" : "]";
  }

  static void append_refused(std::string& out, std::string_view key, std::string_view reason) {
    out += "{\"customer_id\":";
    if (key.empty())
      out += "null";
    else
      append_json_text(out, key);
    out += ",\"refused\":";
    append_json_text(out, reason);
    out += '}';
  }

  static constexpr const char* kNoRow = "the record is no row: it says that a customer was deleted";

  const RowScoringParts parts_;
  const Decoders decoders_;
  const ScoredRecord record_;
  const std::unique_ptr<BatchScorer> scorer_;
  const std::size_t value_column_;
  // Of the request under way; they keep their memory.
  RawBatch raw_;
  JsonRows document_;
  bool is_one_ = false;
  ScoredBatch batch_;
  std::vector<RefusedRow> refused_;
  SkipCounts skipped_;
};

}  // namespace

Result<std::unique_ptr<RowScorer>> make_row_scorer(const PipelineFile& file, RowScoringParts parts) {
  CHURNSTREAM_TRY_ASSIGN(CustomerColumns customer, customer_columns(file, *parts.model));
  RequestScorer::Decoders decoders;
  CHURNSTREAM_TRY_ASSIGN(decoders.json, make_request_decoder("json", file, customer));
  if (auto tried = make_request_decoder("csv", file, customer); !tried)
    return tl::make_unexpected(tried.error());
  decoders.make_csv = [file, customer = std::move(customer)] {
    return *make_request_decoder("csv", file, customer);
  };
  CHURNSTREAM_TRY_ASSIGN(const ScoredRecord whole,
                         ScoredRecord::make(*decoders.json->schema(), *parts.terms->get()));
  CHURNSTREAM_TRY_ASSIGN(ScoredRecord record, whole.only({"customer_id", "probability", "prediction",
                                                          "flagged", "risk_band", "expected_loss", "model"}));
  return std::make_unique<RequestScorer>(std::move(parts), std::move(decoders), std::move(record));
}

}  // namespace churnstream
