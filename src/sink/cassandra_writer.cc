#include "sink/cassandra_writer.h"

#include <algorithm>
#include <thread>

namespace churnstream {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kInFlightLeast = 8;  // one slow answer does not hold all others up
// Rows in one call of the door: a hundred KiB to a few MiB of cells.
constexpr std::size_t kRowsAtOnce = 4'096;

}  // namespace

CassandraWriter::CassandraWriter(CassandraSession& session, std::size_t in_flight_most,
                                 std::chrono::milliseconds patience)
    : session_(session),
      in_flight_most_(in_flight_most),
      patience_(patience),
      in_flight_(in_flight_most),
      backoff_(20ms, 500ms, std::hash<const void*>()(this)) {}

std::optional<CassandraStop> CassandraWriter::write(std::int64_t statement, std::vector<ItemState>& states,
                                                    const Encode& encode, const Refuse& refuse) {
  const auto deadline = std::chrono::steady_clock::now() + patience_;
  for (;;) {
    std::optional<CassandraStop> stopped;
    std::vector<std::size_t> sent;
    for (std::size_t item = 0; item < states.size() && !stopped; ++item) {
      if (states[item] == ItemState::open) sent.push_back(item);
      if (sent.empty() || (sent.size() < kRowsAtOnce && item + 1 < states.size())) continue;
      cells_.clear();
      for (const std::size_t one : sent) encode(cells_, one);
      const std::vector<CassandraFailure> failures = session_.write(statement, cells_, in_flight_);
      adapt(failures);
      stopped = take(failures, sent, states, refuse);
      sent.clear();
    }
    if (!stopped) {
      backoff_.reset();
      return std::nullopt;
    }
    const bool may_pass = stopped->trouble == CassandraTrouble::not_done;
    if (!may_pass || std::chrono::steady_clock::now() >= deadline) return stopped;
    std::this_thread::sleep_for(backoff_.next());
  }
}

std::optional<CassandraStop> CassandraWriter::take(const std::vector<CassandraFailure>& failures,
                                                   const std::vector<std::size_t>& sent,
                                                   std::vector<ItemState>& states, const Refuse& refuse) {
  for (const std::size_t item : sent) states[item] = ItemState::written;
  std::optional<CassandraStop> stop;
  for (const CassandraFailure& failure : failures) {
    const std::size_t item = sent[failure.row];
    const CassandraTrouble trouble = failure.trouble();
    states[item] = trouble == CassandraTrouble::row ? ItemState::refused : ItemState::open;
    if (trouble == CassandraTrouble::row) {
      refuse(item, failure.message);
      continue;
    }
    // The worst counts, and of equal ones the first that has something to say.
    if (!stop || trouble > stop->trouble || stop->reason.empty())
      stop = CassandraStop{trouble, failure.message};
  }
  return stop;
}

// Half as many rows at a time when the cluster cannot keep pace, and slowly more again when it can.
void CassandraWriter::adapt(const std::vector<CassandraFailure>& failures) {
  const bool is_overload = std::any_of(failures.begin(), failures.end(),
                                       [](const CassandraFailure& failure) { return failure.is_overload(); });
  if (is_overload)
    in_flight_ = std::max(std::min(kInFlightLeast, in_flight_most_), in_flight_ / 2);
  else if (failures.empty())
    in_flight_ = std::min(in_flight_most_, in_flight_ + 1 + in_flight_ / 16);
}

}  // namespace churnstream
