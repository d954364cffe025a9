#include "command/score_output.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/csv_text.h"
#include "base/json_text.h"
#include "base/numbers.h"
#include "table/duckdb_table.h"

namespace churnstream {
namespace {

constexpr std::size_t kBufferBytes = 1 << 16;  // One write call per some hundred rows.

// A pipe or a device: written as it is, never replaced by a file.
bool is_no_file(const std::string& place) {
  std::error_code ignored;
  return std::filesystem::exists(place, ignored) && !std::filesystem::is_regular_file(place, ignored);
}

Path beside(const std::string& place) { return place + ".tmp" + std::to_string(::getpid()); }

// Text on its way to a file or to standard output.
class TextFile {
 public:
  static Result<std::unique_ptr<TextFile>> open(const std::string& place) {
    if (place == "-") return std::unique_ptr<TextFile>(new TextFile(place, stdout));
    std::FILE* file = std::fopen(is_no_file(place) ? place.c_str() : beside(place).c_str(), "we");
    if (file == nullptr) return failed("writing", place, errno_text());
    return std::unique_ptr<TextFile>(new TextFile(place, file));
  }
  ~TextFile() {
    if (file_ == stdout || file_ == nullptr) return;
    std::fclose(file_);
    if (!is_no_file_) ::unlink(beside(place_).c_str());  // Never finished.
  }

  std::string& text() { return text_; }
  // The first rows are passed on at once, so that somebody who waits for them sees them.
  Result<void> row_is_done() {
    if (passed_on_ && text_.size() < kBufferBytes) return {};
    return pass_on();
  }
  Result<void> finish() {
    CHURNSTREAM_TRY(pass_on());
    if (file_ == stdout) return {};
    const bool is_safe = std::fflush(file_) == 0 && (is_no_file_ || ::fsync(::fileno(file_)) == 0);
    if (std::fclose(std::exchange(file_, nullptr)) != 0 || !is_safe ||
        (!is_no_file_ && std::rename(beside(place_).c_str(), place_.c_str()) != 0))
      return failed("writing", place_, errno_text());
    return {};
  }

 private:
  TextFile(std::string place, std::FILE* file)
      : place_(std::move(place)), is_no_file_(is_no_file(place_)), file_(file) {}
  Result<void> pass_on() {
    const std::size_t written = std::fwrite(text_.data(), 1, text_.size(), file_);
    if (written != text_.size() || std::fflush(file_) != 0) return failed("writing", place_, errno_text());
    text_.clear();
    passed_on_ = true;
    return {};
  }
  const std::string place_;
  const bool is_no_file_;
  std::FILE* file_;
  std::string text_;
  bool passed_on_ = false;
};

class JsonLines : public ScoreOutput {
 public:
  JsonLines(std::unique_ptr<TextFile> file, std::string model)
      : file_(std::move(file)), model_(std::move(model)) {}

  Result<void> add(const ScoredRow& row) override {
    std::string& out = file_->text();
    out += "{\"key\":";
    append_json_text(out, row.key);
    out += ",\"prediction\":";
    append_json_text(out, row.prediction);
    out += ",\"probability\":";
    append_numbers(out, row.probability);
    out += ",\"raw\":";
    append_numbers(out, row.raw);
    out += ",\"model\":\"";
    out += model_;
    out += "\"}\n";
    return file_->row_is_done();
  }
  Result<void> add_refused(const RefusedRow& row) override {
    std::string& out = file_->text();
    out += "{\"key\":";
    append_json_text(out, row.key);
    out += ",\"refused\":";
    append_json_text(out, row.reason);
    out += "}\n";
    return file_->row_is_done();
  }
  Result<void> finish() override { return file_->finish(); }
  bool carries_refused() const override { return true; }

 private:
  static void append_numbers(std::string& out, std::span<const double> numbers) {
    char before = '[';
    for (const double number : numbers) {
      out += before;
      append_json_number(out, number);
      before = ',';
    }
    out += ']';
  }
  std::unique_ptr<TextFile> file_;
  const std::string model_;
};

class Csv : public ScoreOutput {
 public:
  explicit Csv(std::unique_ptr<TextFile> file) : file_(std::move(file)) {
    file_->text() += "key,prediction,probability\n";
  }

  Result<void> add(const ScoredRow& row) override {
    std::string& out = file_->text();
    append_csv_text(out, row.key);
    out += ',';
    append_csv_text(out, row.prediction);
    out += ',';
    append_shortest(out, row.positive_probability);
    out += '\n';
    return file_->row_is_done();
  }
  Result<void> add_refused(const RefusedRow&) override { return {}; }
  Result<void> finish() override { return file_->finish(); }
  bool carries_refused() const override { return false; }

 private:
  std::unique_ptr<TextFile> file_;
};

// Parquet is written in one piece at the end: the answers are held in memory until then.
class Parquet : public ScoreOutput {
 public:
  Parquet(std::string place, std::string model) : place_(std::move(place)), model_(std::move(model)) {
    columns_[0] = {.name = "key", .type = CellType::text};
    columns_[1] = {.name = "prediction", .type = CellType::text};
    columns_[2] = {.name = "probability", .type = CellType::number_list};
    columns_[3] = {.name = "raw", .type = CellType::number_list};
    columns_[4] = {.name = "model", .type = CellType::text};
  }

  Result<void> add(const ScoredRow& row) override {
    columns_[0].add(std::string(row.key));
    columns_[1].add(std::string(row.prediction));
    columns_[2].add(row.probability);
    columns_[3].add(row.raw);
    columns_[4].add(model_);
    return {};
  }
  Result<void> add_refused(const RefusedRow&) override { return {}; }
  Result<void> finish() override {
    CHURNSTREAM_TRY_ASSIGN(const auto tables, Tables::open());
    CHURNSTREAM_TRY(tables->add_table("scores", columns_));
    CHURNSTREAM_TRY(tables->write_parquet("SELECT * FROM scores", beside(place_), {}));
    if (std::rename(beside(place_).c_str(), place_.c_str()) != 0)
      return failed("writing", place_, errno_text());
    return {};
  }
  bool carries_refused() const override { return false; }

 private:
  const std::string place_, model_;
  std::vector<TableColumn> columns_{5};
};

std::string format_of(const std::string& place) {
  const std::string ending = Path(place).extension();
  return ending == ".csv" ? "csv" : ending == ".parquet" ? "parquet" : "jsonl";
}

}  // namespace

Result<std::unique_ptr<ScoreOutput>> open_score_output(const std::string& place, const std::string& format,
                                                       const std::string& model) {
  const std::string chosen = format.empty() ? format_of(place) : format;
  if (chosen == "parquet") {
    if (place == "-" || is_no_file(place))
      return wrong("writing the scores", "", "Parquet needs a file",
                   "--out scores.parquet, or --format jsonl");
    return std::make_unique<Parquet>(place, model);
  }
  if (chosen != "jsonl" && chosen != "csv")
    return wrong("writing the scores", "", "there is no format " + chosen, "jsonl, csv or parquet");
  CHURNSTREAM_TRY_ASSIGN(auto file, TextFile::open(place));
  if (chosen == "csv") return std::make_unique<Csv>(std::move(file));
  return std::make_unique<JsonLines>(std::move(file), model);
}

}  // namespace churnstream
