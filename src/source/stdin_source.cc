#include "source/stdin_source.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "source/record_options.h"

namespace churnstream {
namespace {

constexpr std::size_t kReadBytes = 256 << 10;

class StdinSource : public Source {
 public:
  explicit StdinSource(StdinSourceSettings settings)
      : settings_(settings), framing_(settings.line_bytes_max, settings.framing) {}

  Result<void> open(const Checkpoint& resume_from) override {
    CHURNSTREAM_TRY(stay_at(resume_from));
    is_open_ = true;
    return {};
  }

  Result<ReadOutcome> read(std::chrono::milliseconds patience, RawBatch& out) override {
    out.clear();
    if (!is_open_) return failed("reading", "standard input", "it is not open");
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (;;) {
      framing_.take(settings_.batch_rows, is_ended_, out);
      if (!out.records.empty()) return hand_over(out);
      if (is_ended_) return ReadOutcome::finished;
      CHURNSTREAM_TRY_ASSIGN(const bool is_ready, wait_until(deadline));
      if (!is_ready) return ReadOutcome::nothing_yet;
      CHURNSTREAM_TRY(read_some());
    }
  }

  Result<Checkpoint> rewind(const Checkpoint& to) override {
    CHURNSTREAM_TRY(stay_at(to));
    return to;
  }
  Result<void> commit(const Checkpoint&) override { return {}; }
  void close() noexcept override { is_open_ = false; }

 private:
  // The only place one can go to is where we are.
  Result<void> stay_at(const Checkpoint& position) const {
    if (number_of(next_in(position, partition_)) == next_) return {};
    return wrong("resuming", "standard input", "what was read from it before cannot be read again",
                 "use a file, or start over with another state_dir");
  }

  Result<bool> wait_until(std::chrono::steady_clock::time_point deadline) const {
    using std::chrono::milliseconds;
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd wanted{settings_.descriptor, POLLIN, 0};
    const auto longest = std::clamp<std::int64_t>(left.count(), 0, 1'000'000);
    const int ready = ::poll(&wanted, 1, static_cast<int>(longest));
    if (ready < 0 && errno != EINTR) return failed("reading", "standard input", errno_text());
    return ready > 0;
  }

  Result<void> read_some() {
    buffer_.resize(kReadBytes);
    const ssize_t got = ::read(settings_.descriptor, buffer_.data(), buffer_.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return {};
    if (got < 0) return failed("reading", "standard input", errno_text());
    if (got == 0) is_ended_ = true;
    framing_.add(std::string_view(buffer_).substr(0, static_cast<std::size_t>(got)));
    return {};
  }

  ReadOutcome hand_over(RawBatch& out) {
    out.partition = partition_;
    for (RawRecord& record : out.records) {
      record.offset = Offset{next_};
      record.time_us = settings_.start_time_us + next_;
      ++next_;
    }
    out.next = Offset{next_};
    return ReadOutcome::rows;
  }

  StdinSourceSettings settings_;
  const Partition partition_{"-", 0};
  RecordFraming framing_;
  std::string buffer_;
  std::int64_t next_ = 0;  // offset of the next record
  bool is_open_ = false;
  bool is_ended_ = false;
};

}  // namespace

std::unique_ptr<Source> make_stdin_source(StdinSourceSettings settings) {
  return std::make_unique<StdinSource>(settings);
}

Options stdin_source_options() {
  Options options("source.stdin", "Rows from standard input: read once, so that a run cannot be resumed.");
  add_record_options(options);
  return options;
}

Result<std::unique_ptr<Source>> make_stdin_source(const Config& config, Clock&) {
  CHURNSTREAM_TRY_ASSIGN(const RecordOptions records, record_options_of(config));
  return make_stdin_source({.start_time_us = records.start_time_us,
                            .batch_rows = records.batch_rows,
                            .line_bytes_max = records.line_bytes_max,
                            .framing = records.framing});
}

}  // namespace churnstream
