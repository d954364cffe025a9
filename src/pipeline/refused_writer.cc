#include "pipeline/refused_writer.h"

#include "base/backoff.h"
#include "base/log.h"
#include "base/thread_name.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kQueueBytesMax = 16 << 20;  // Refused rows are few; a flood of them slows the lane.
constexpr std::uint64_t kJitterSeed = 0x5265667573656421;

std::size_t bytes_of(const std::vector<RefusedRow>& rows) {
  std::size_t bytes = 0;
  for (const RefusedRow& row : rows) bytes += sizeof row + row.raw.size() + row.reason.size();
  return bytes;
}

}  // namespace

RefusedWriter::RefusedWriter(std::unique_ptr<RefusedStore> store, RunShared& state)
    : store_(std::move(store)), state_(state), queue_("refused rows to their store", kQueueBytesMax) {}

RefusedWriter::~RefusedWriter() { finish(); }

Result<void> RefusedWriter::start(const Checkpoint& start) {
  CHURNSTREAM_TRY(store_->open(start));
  thread_ = std::thread([this] { work(); });
  return {};
}

void RefusedWriter::push(Delivery delivery, std::vector<RefusedRow> rows, bool waits) {
  const std::size_t bytes = bytes_of(rows);
  Item item{std::move(delivery), std::move(rows), waits};
  while (!queue_.try_push(item, bytes) && !state_.abandoned()) room_.wait(20ms);
}

void RefusedWriter::finish() {
  if (!thread_.joinable()) return;
  queue_.close();
  thread_.join();
}

void RefusedWriter::work() {
  name_this_thread("refused");
  while (!queue_.closed_and_empty()) {
    const std::optional<Item> item = queue_.pop(1s);
    if (!item) continue;
    room_.ring();
    if (!state_.abandoned()) write(*item);
  }
  store_->close();
}

void RefusedWriter::write(const Item& item) {
  Backoff backoff(100ms, 10s, kJitterSeed);
  for (;;) {
    const Result<void> written = store_->write(item.rows);
    if (written) break;
    if (written.error().kind == ErrorKind::wrong) return state_.fail(written.error());
    log_warn("writing refused rows will be tried again: " + written.error().message);
    if (!state_.pause(backoff.next())) return;
  }
  state_.tell([&](Observer& observer) { observer.on_refused(item.rows); });
  if (item.waits) answer(item.delivery, state_);
}

}  // namespace churnstream
