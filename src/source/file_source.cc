#include "source/file_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "source/file_identity.h"
#include "source/pace.h"
#include "source/record_options.h"
#include "source/stdin_source.h"

namespace churnstream {
namespace {

using std::chrono::nanoseconds;

constexpr std::size_t kReadBytes = 256 << 10;  // A few batches' worth per system call; stays in L2.
constexpr std::size_t kSkipRows = 4'096;
constexpr nanoseconds kLookAgain = std::chrono::milliseconds(20);  // How soon growth of a file is noticed.

class FileSource : public Source {
 public:
  FileSource(FileSourceSettings settings, Clock& clock) : settings_(std::move(settings)), clock_(clock) {
    if (settings_.topic.empty()) settings_.topic = settings_.path.string();
    partition_.topic = settings_.topic;
  }
  ~FileSource() override { close(); }

  Result<void> open(const Checkpoint& resume_from) override {
    close();
    const auto known = resume_from.identity.find(settings_.topic);
    Result<void> opened = open_file(known == resume_from.identity.end() ? std::string() : known->second);
    if (opened) opened = skip_to(position_in(resume_from));
    if (!opened) close();
    return opened;
  }

  Result<ReadOutcome> read(std::chrono::milliseconds patience, RawBatch& out) override {
    out.clear();
    if (descriptor_ < 0) return failed("reading", name(), "it is not open");
    const nanoseconds deadline = clock_.steady() + patience;
    for (;;) {
      const std::size_t rows_wanted = rows_due_now();
      if (rows_wanted > 0) {
        Result<void> filled = fill(rows_wanted, out);
        if (!filled) {
          out.clear();
          return tl::unexpected(filled.error());
        }
        if (!out.records.empty()) return hand_over(out);
        if (is_ended_) return ReadOutcome::finished;
      }
      const nanoseconds pause = std::min(deadline - clock_.steady(), pause_wanted(rows_wanted));
      if (pause <= nanoseconds::zero() && clock_.steady() >= deadline) return ReadOutcome::nothing_yet;
      if (pause > nanoseconds::zero()) clock_.sleep(pause);
    }
  }

  // The file is read again from its beginning: an abort is rare, and records have no other address.
  Result<Checkpoint> rewind(const Checkpoint& to) override {
    if (descriptor_ < 0) return failed("rewinding", name(), "it is not open");
    const std::string identity = identity_;
    close();
    Result<void> opened = open_file(identity);
    if (opened) opened = skip_to(position_in(to));
    if (!opened) {
      close();
      return tl::unexpected(opened.error());
    }
    return to;
  }

  Result<void> commit(const Checkpoint&) override { return {}; }

  std::map<std::string, std::string> identity() const override {
    if (identity_.empty()) return {};
    return {{settings_.topic, identity_}};
  }

  void close() noexcept override {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }

 private:
  std::string name() const { return settings_.path.string(); }

  std::int64_t position_in(const Checkpoint& checkpoint) const {
    return number_of(next_in(checkpoint, partition_));
  }

  Result<void> open_file(const std::string& known_identity) {
    framing_ = RecordFraming(settings_.line_bytes_max, settings_.framing);
    next_ = bytes_read_ = 0;
    is_ended_ = false;
    first_record_.clear();
    descriptor_ = ::open(settings_.path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor_ < 0) return failed("opening", name(), errno_text());
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) return failed("opening", name(), errno_text());
    if (S_ISDIR(status.st_mode)) return wrong("opening", name(), "it is a folder, not a file");
    CHURNSTREAM_TRY_ASSIGN(const bool is_same, is_same_file(descriptor_, known_identity));
    if (!is_same) return changed("it is another file than the one that was read under this name before");
    CHURNSTREAM_TRY_ASSIGN(identity_, file_identity(descriptor_));
    if (settings_.rate > 0) pace_.emplace(settings_.rate, clock_.steady());
    return {};
  }

  tl::unexpected<Error> changed(std::string_view happened) const {
    return wrong("reading", name(), happened,
                 "give the new file a new name, or start over with another state_dir");
  }

  // Reads and forgets the records before `position`, but for the first: it may be the header line.
  Result<void> skip_to(std::int64_t position) {
    RawBatch skipped;
    while (next_ < position) {
      const auto wanted = std::min<std::int64_t>(position - next_, kSkipRows);
      framing_.take(static_cast<std::size_t>(wanted), is_ended_, skipped);
      if (next_ == 0 && !skipped.records.empty() && skipped.records[0].flaw == RecordFlaw::none)
        first_record_ = skipped.records[0].bytes;
      next_ += static_cast<std::int64_t>(skipped.records.size());
      if (!skipped.records.empty()) continue;
      CHURNSTREAM_TRY_ASSIGN(const std::size_t bytes, read_some());
      if (bytes > 0) continue;
      // Once more with a last line that has no line end: it was read as a record when the file ended there.
      if (is_ended_) return changed("it is shorter than what was read of it before");
      is_ended_ = true;
    }
    is_ended_ = false;
    return {};
  }

  std::size_t rows_due_now() const {
    if (!pace_) return settings_.batch_rows;
    return std::min<std::uint64_t>(settings_.batch_rows, pace_->rows_due(clock_.steady()));
  }

  // Until the next row is due, or until a growing file is worth another look.
  nanoseconds pause_wanted(std::size_t rows_wanted) const {
    return rows_wanted > 0 ? kLookAgain : pace_->next_due_at() - clock_.steady();
  }

  // Up to `rows_wanted` records; none at the end of the file.
  Result<void> fill(std::size_t rows_wanted, RawBatch& out) {
    for (;;) {
      framing_.take(rows_wanted, is_ended_, out);
      if (!out.records.empty() || is_ended_) return {};
      CHURNSTREAM_TRY_ASSIGN(const std::size_t bytes, read_some());
      if (bytes > 0) continue;
      if (settings_.follow) return check_still_there();
      is_ended_ = true;
    }
  }

  Result<std::size_t> read_some() {
    buffer_.resize(kReadBytes);
    for (;;) {
      const ssize_t got = ::read(descriptor_, buffer_.data(), buffer_.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return failed("reading", name(), errno_text());
      bytes_read_ += got;
      framing_.add(std::string_view(buffer_).substr(0, static_cast<std::size_t>(got)));
      return static_cast<std::size_t>(got);
    }
  }

  // At the end of a followed file: it may have been cut, or another one may have taken its name.
  Result<void> check_still_there() const {
    struct stat here {
    }, there{};
    if (::fstat(descriptor_, &here) != 0) return failed("following", name(), errno_text());
    if (!S_ISREG(here.st_mode)) return {};
    if (here.st_size < bytes_read_) return changed("it became shorter than what was read of it");
    if (::stat(settings_.path.c_str(), &there) != 0) return failed("following", name(), errno_text());
    if (here.st_dev != there.st_dev || here.st_ino != there.st_ino)
      return changed("another file took its name while it was being followed");
    return {};
  }

  ReadOutcome hand_over(RawBatch& out) {
    if (!first_record_.empty()) append_first_record(out);
    out.partition = partition_;
    for (RawRecord& record : out.records) {
      record.offset = Offset{next_};
      record.time_us = settings_.start_time_us + next_;
      ++next_;
    }
    out.next = Offset{next_};
    if (pace_) pace_->hand_over(out.records.size());
    return ReadOutcome::rows;
  }

  // Behind the batch's own bytes, so that its view lives as long as theirs.
  void append_first_record(RawBatch& out) {
    const char* before = out.storage->data();
    const std::size_t begin = out.storage->size();
    out.storage->append(first_record_);
    for (RawRecord& record : out.records)
      record.bytes = {out.storage->data() + (record.bytes.data() - before), record.bytes.size()};
    out.first_record = std::string_view(*out.storage).substr(begin);
    first_record_.clear();
  }

  FileSourceSettings settings_;
  Clock& clock_;
  Partition partition_;
  int descriptor_ = -1;
  std::string identity_;
  RecordFraming framing_;
  std::string buffer_;
  std::string first_record_;  // kept when resumed behind it, until the next batch takes it along
  std::int64_t next_ = 0;     // offset of the next record
  std::int64_t bytes_read_ = 0;
  bool is_ended_ = false;  // the end was seen, and the file is not followed
  std::optional<Pace> pace_;
};

}  // namespace

std::unique_ptr<Source> make_file_source(FileSourceSettings settings, Clock& clock) {
  if (settings.path != "-") return std::make_unique<FileSource>(std::move(settings), clock);
  return make_stdin_source({.start_time_us = settings.start_time_us,
                            .batch_rows = settings.batch_rows,
                            .line_bytes_max = settings.line_bytes_max,
                            .framing = settings.framing});
}

Options file_source_options() {
  Options options("source.file", "Rows from a file of lines, CSV or JSON lines.");
  options.path("path", "The file to read; its text as written here names the rows' positions.").required();
  options.number("rate", "Rows per second; 0: as fast as they can be read.").at_least(0).fallback(0.0);
  options.flag("follow", "At the end of the file, wait for it to grow instead of finishing.").fallback(false);
  add_record_options(options);
  return options;
}

Result<std::unique_ptr<Source>> make_file_source(const Config& config, Clock& clock) {
  FileSourceSettings settings;
  settings.path = config.path("path");
  settings.topic = config.as_written("path");
  settings.rate = config.number("rate");
  settings.follow = config.flag("follow");
  CHURNSTREAM_TRY_ASSIGN(const RecordOptions records, record_options_of(config));
  settings.start_time_us = records.start_time_us;
  settings.batch_rows = records.batch_rows;
  settings.line_bytes_max = records.line_bytes_max;
  settings.framing = records.framing;
  return make_file_source(std::move(settings), clock);
}

}  // namespace churnstream
