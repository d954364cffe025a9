#include "sink/parquet_sink.h"

#include <map>

#include "base/clock.h"
#include "base/log.h"
#include "sink/closed_files.h"
#include "sink/retention.h"

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
    upkeep_due_ = {};
    keep_up();
    return files_->position();
  }

  // TryAgain: a full or failing disk, or files that could not be closed; nothing of the batch counts. Every
  // row can be written. Closing files goes on in the background while rows are taken. Rows before the
  // position are there already and are skipped; tombstones change no history.
  WriteOutcome write(const ScoredBatch& rows, const Checkpoint& after) override {
    keep_up();
    Result<void> done = files_->roll_due(now());
    if (done) done = files_->append(rows, after, now());
    if (!done) return TryAgain{.reason = done.error().message};
    return Delivered{};
  }

  void idle() override {
    keep_up();
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
  // Files of days that are too old go. Where that fails it is tried again.
  void keep_up() {
    if (!settings_.retention || now() < upkeep_due_) return;
    upkeep_due_ = now() + kRetentionEvery;
    const Result<bool> removed = files_->remove_old(system_clock().now_us());
    if (!removed) log_warn("taking old files away: " + removed.error().message);
    if (removed && !*removed) upkeep_due_ = now() + kRetentionGoesOn;
  }

  const RolledSettings settings_;
  std::chrono::nanoseconds upkeep_due_{0};
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
      .fallback(16);
  options.duration("roll_after", "And after this time, however few they are.")
      .between(1, 86'400)
      .fallback("10m");
  declare_retention(options, "{ churn_events = \"90d\" } takes files of days that ended before then");
  return options;
}

Result<RolledSettings> rolled_settings_of(const Config& config) {
  static const std::map<std::string, RolledFormat> kFormats = {
      {"parquet", RolledFormat::parquet}, {"csv", RolledFormat::csv}, {"jsonl", RolledFormat::jsonl}};
  RolledSettings settings;
  settings.folder = config.path("path");
  settings.form = {kFormats.at(config.text("format")), config.text("compression")};
  settings.log_bytes_max = static_cast<std::uint64_t>(config.integer("roll_mb")) << 20;
  settings.log_age_max = config.duration("roll_after");
  if (settings.form.format != RolledFormat::parquet && settings.form.compression == "snappy")
    return wrong("reading compression", "snappy", "only Parquet files can be compressed by it",
                 "take zstd or gzip");
  CHURNSTREAM_TRY_ASSIGN(const Retention retention, retention_of(config, {"churn_events"}));
  if (!retention.empty()) settings.retention = retention.begin()->second;
  return settings;
}

Result<std::unique_ptr<Sink>> make_parquet_sink(const Config& config) {
  CHURNSTREAM_TRY_ASSIGN(RolledSettings settings, rolled_settings_of(config));
  return make_parquet_sink(std::move(settings));
}

// A dry run looks without owning the folder, so that a stream may be writing it.
Result<Erasure> forget_in_folder(const RolledSettings& settings, const ErasureWishes& wishes) {
  std::error_code ignored;
  if (!std::filesystem::exists(settings.folder / kClosedManifest, ignored)) return Erasure();
  if (!wishes.is_dry_run) {
    RolledFiles files(settings);
    CHURNSTREAM_TRY(files.open());
    return files.forget(wishes.customer);
  }
  CHURNSTREAM_TRY_ASSIGN(const auto files, read_manifest(settings.folder / kClosedManifest));
  CHURNSTREAM_TRY_ASSIGN(const auto counts, count_in_files(settings.folder, files, wishes.customer));
  Erasure erasure{{{"closed files", 0}}, {}};
  for (const std::int64_t rows : counts) erasure.parts[0].rows += static_cast<std::uint64_t>(rows);
  return erasure;
}

std::unique_ptr<Sink> make_parquet_sink(RolledSettings settings) {
  return std::make_unique<ParquetSink>(std::move(settings));
}

}  // namespace churnstream
