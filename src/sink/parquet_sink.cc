#include "sink/parquet_sink.h"

#include <map>

#include "base/log.h"

namespace churnstream {
namespace {

std::chrono::nanoseconds now() { return std::chrono::steady_clock::now().time_since_epoch(); }

class ParquetSink : public Sink {
 public:
  explicit ParquetSink(RolledSettings settings) : settings_(std::move(settings)) {}
  ~ParquetSink() override { close(); }

  Result<std::optional<Checkpoint>> open(const Assignment& assignment) override {
    close();
    CHURNSTREAM_TRY_ASSIGN(ScoredRecord record, ScoredRecord::make(*assignment.columns, *assignment.terms));
    auto files = std::make_unique<RolledFiles>(settings_, std::move(record));
    CHURNSTREAM_TRY(files->open());
    files_ = std::move(files);
    return files_->position();
  }

  // TryAgain: a full or failing disk, or files that could not be closed; nothing of the batch counts. Every
  // row can be written. Closing files goes on in the background while rows are taken. Rows before the
  // position are there already and are skipped; tombstones change no history.
  WriteOutcome write(const ScoredBatch& rows, const Checkpoint& after) override {
    Result<void> done = files_->roll_due(now());
    if (done) done = files_->append(rows, after, now());
    if (!done) return TryAgain{.reason = done.error().message};
    return Delivered{};
  }

  void idle() override {
    if (const Result<void> rolled = files_->roll_due(now()); !rolled)
      log_warn("closing files will be tried again: " + rolled.error().message);
  }

  void close() noexcept override {
    if (!files_) return;
    if (const Result<void> rolled = files_->roll_all(); !rolled)
      log_warn("rows stay in their log, the next start makes files of them: " + rolled.error().message);
    files_.reset();
  }

 private:
  const RolledSettings settings_;
  std::unique_ptr<RolledFiles> files_;
};

}  // namespace

Options parquet_sink_options() {
  Options options("sink.parquet",
                  "Scores as closed files in a folder, one folder a day: exactly once, by a manifest.");
  options.path("path", "The folder; its files lie in day=YYYY-MM-DD/, _manifest.jsonl lists them.")
      .required();
  options.text("format", "The format of the files.").one_of({"parquet", "csv", "jsonl"}).fallback("parquet");
  options.text("compression", "Of the files; snappy is for Parquet alone.")
      .one_of({"zstd", "gzip", "snappy", "none"})
      .fallback("zstd");
  options
      .integer("roll_mb",
               "Rows of a partition become closed files once their log has so many megabytes, some 10,000 "
               "rows each.")
      .between(1, 1'024)
      .fallback(32);
  options.duration("roll_after", "And after this time, however few they are.")
      .between(1, 86'400)
      .fallback("10m");
  return options;
}

Result<std::unique_ptr<Sink>> make_parquet_sink(const Config& config) {
  static const std::map<std::string, RolledFormat> kFormats = {
      {"parquet", RolledFormat::parquet}, {"csv", RolledFormat::csv}, {"jsonl", RolledFormat::jsonl}};
  RolledSettings settings;
  settings.folder = config.path("path");
  settings.format = kFormats.at(config.text("format"));
  settings.compression = config.text("compression");
  settings.log_bytes_max = static_cast<std::uint64_t>(config.integer("roll_mb")) << 20;
  settings.log_age_max = config.duration("roll_after");
  if (settings.format != RolledFormat::parquet && settings.compression == "snappy")
    return wrong("reading compression", "snappy", "only Parquet files can be compressed by it",
                 "take zstd or gzip");
  return make_parquet_sink(std::move(settings));
}

std::unique_ptr<Sink> make_parquet_sink(RolledSettings settings) {
  return std::make_unique<ParquetSink>(std::move(settings));
}

}  // namespace churnstream
