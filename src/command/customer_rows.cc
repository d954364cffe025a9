#include "command/customer_rows.h"

#include "decode/csv_fields.h"
#include "source/file_source.h"

namespace churnstream {
namespace {

constexpr auto kPatience = std::chrono::seconds(1);

}  // namespace

Result<CustomerRows> CustomerRows::open(const std::string& input, CsvSettings settings) {
  CustomerRows customers;
  CHURNSTREAM_TRY_ASSIGN(customers.decoder_, make_csv_decoder(std::move(settings)));
  customers.rows_ = RecordBatch(customers.decoder_->schema());
  customers.source_ = make_file_source(FileSourceSettings{.path = input}, system_clock());
  CHURNSTREAM_TRY(customers.source_->open({}));
  return customers;
}

Result<bool> CustomerRows::next() {
  for (;;) {
    CHURNSTREAM_TRY_ASSIGN(const ReadOutcome outcome, source_->read(kPatience, raw_));
    if (outcome == ReadOutcome::finished) return false;
    if (outcome == ReadOutcome::nothing_yet) continue;
    for (const RawRecord& record : raw_.records) bytes_read_ += record.bytes.size() + 1;
    decoder_->decode(raw_, rows_, refused_, skipped_);
    return true;
  }
}

Result<std::vector<std::string>> header_names(const Path& path) {
  if (path == "-")
    return wrong("reading the header line of", "standard input", "it can be read only once", "name a file");
  const auto source = make_file_source(FileSourceSettings{.path = path, .batch_rows = 1}, system_clock());
  CHURNSTREAM_TRY(source->open({}));
  RawBatch first;
  CHURNSTREAM_TRY_ASSIGN(const ReadOutcome outcome, source->read(kPatience, first));
  CsvFields fields;
  if (outcome != ReadOutcome::rows || first.records.empty())
    return wrong("reading the header line of", path.string(), "the file is empty");
  std::string_view record = first.records.front().bytes;
  if (record.starts_with("\xEF\xBB\xBF")) record.remove_prefix(3);
  if (const char* problem = fields.split(record))
    return wrong("reading the header line of", path.string(), problem);
  return std::vector<std::string>(fields.all().begin(), fields.all().end());
}

}  // namespace churnstream
