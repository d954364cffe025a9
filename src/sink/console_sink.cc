#include "sink/console_sink.h"

#include <fmt/format.h>

#include <cmath>

#include "sink/scored_record.h"

namespace churnstream {
namespace {

class ConsoleSink : public Sink {
 public:
  ConsoleSink(ConsoleFormat format, std::FILE* out) : format_(format), out_(out) {}

  Result<std::optional<Checkpoint>> open(const Assignment& assignment) override {
    CHURNSTREAM_TRY_ASSIGN(ScoredRecord record, ScoredRecord::make(*assignment.columns, *assignment.terms));
    record_ = std::make_unique<ScoredRecord>(std::move(record));
    return std::nullopt;
  }

  // A console that is gone (a closed pipe) does not come back: Broken. There is no trouble that passes, and
  // every row can be printed.
  WriteOutcome write(const ScoredBatch& rows, const Checkpoint&) override {
    text_.clear();
    for (std::size_t row = 0; row < rows.num_rows(); ++row) append(rows, row);
    if (std::fwrite(text_.data(), 1, text_.size(), out_) != text_.size() || std::fflush(out_) != 0)
      return Broken{Error{"writing to the console: " + errno_text()}};
    return Delivered{};
  }

  void close() noexcept override { std::fflush(out_); }

 private:
  void append(const ScoredBatch& rows, std::size_t row) {
    if (format_ == ConsoleFormat::jsonl) {
      record_->append_json(text_, rows, row);
    } else {
      fmt::format_to(std::back_inserter(text_), "{}  {}  {:.4f}  {}", rows.key(row), rows.prediction(row),
                     rows.probability(row), name_of(rows.band(row)));
      if (!std::isnan(rows.expected_loss[row]))
        fmt::format_to(std::back_inserter(text_), "  expected loss {:.2f}", rows.expected_loss[row]);
    }
    text_ += '\n';
  }

  const ConsoleFormat format_;
  std::FILE* const out_;
  std::unique_ptr<ScoredRecord> record_;
  std::string text_;
};

}  // namespace

Options console_options() {
  Options options("sink.console", "Scores on standard output, at least once.");
  options.text("format", "A line for people, or a JSON object per row.")
      .one_of({"text", "jsonl"})
      .fallback("text");
  return options;
}

Result<std::unique_ptr<Sink>> make_console_sink(const Config& config) {
  return make_console_sink(config.text("format") == "jsonl" ? ConsoleFormat::jsonl : ConsoleFormat::text,
                           stdout);
}

std::unique_ptr<Sink> make_console_sink(ConsoleFormat format, std::FILE* out) {
  return std::make_unique<ConsoleSink>(format, out);
}

}  // namespace churnstream
