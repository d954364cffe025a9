#include "sink/file_sink.h"

#include "sink/appended_file.h"
#include "sink/scored_record.h"

namespace churnstream {
namespace {

class FileSink : public Sink {
 public:
  FileSink(Path path, FileFormat format) : path_(std::move(path)), format_(format) {}

  Result<std::optional<Checkpoint>> open(const Assignment& assignment) override {
    CHURNSTREAM_TRY_ASSIGN(ScoredRecord record, ScoredRecord::make(*assignment.columns, *assignment.terms));
    record_ = std::make_unique<ScoredRecord>(std::move(record));
    file_ = std::make_unique<AppendedFile>(path_);
    CHURNSTREAM_TRY(file_->open());
    return file_->position();
  }

  // TryAgain: a full or failing disk; nothing of the batch counts. Every row can be written as text. Rows
  // before the position in the note are there already and are skipped.
  WriteOutcome write(const ScoredBatch& rows, const Checkpoint& after) override {
    const Offset has = next_in(file_->position(), rows.rows.extent().partition);
    text_.clear();
    if (file_->length() == 0 && format_ == FileFormat::csv) record_->append_csv_header(text_);
    for (std::size_t row = 0; row < rows.num_rows(); ++row)
      if (rows.rows.extent().offsets[row] >= has) append(rows, row);
    Checkpoint forward = after;
    for (auto& [partition, next] : forward.next) next = std::max(next, next_in(file_->position(), partition));
    if (const Result<void> written = file_->append(text_, forward); !written)
      return TryAgain{.reason = written.error().message};
    return Delivered{};
  }

  void close() noexcept override {
    if (file_) file_->close();
  }

 private:
  void append(const ScoredBatch& rows, std::size_t row) {
    if (format_ == FileFormat::csv) return record_->append_csv(text_, rows, row);
    record_->append_json(text_, rows, row);
    text_ += '\n';
  }

  const Path path_;
  const FileFormat format_;
  std::unique_ptr<ScoredRecord> record_;
  std::unique_ptr<AppendedFile> file_;
  std::string text_;
};

}  // namespace

Options file_sink_options() {
  Options options("sink.file",
                  "Scores appended to a file: exactly once, by a note of the position beside it.");
  options.path("path", "The file; PATH.position and PATH.lock stand beside it.").required();
  options.text("format", "A JSON object per line, or CSV with a header line.")
      .one_of({"jsonl", "csv"})
      .fallback("jsonl");
  return options;
}

Result<std::unique_ptr<Sink>> make_file_sink(const Config& config) {
  return make_file_sink(config.path("path"),
                        config.text("format") == "csv" ? FileFormat::csv : FileFormat::jsonl);
}

std::unique_ptr<Sink> make_file_sink(Path path, FileFormat format) {
  return std::make_unique<FileSink>(std::move(path), format);
}

}  // namespace churnstream
