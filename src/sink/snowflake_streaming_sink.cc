#include "sink/snowflake_streaming_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "base/crash_point.h"
#include "sink/batch_slice.h"
#include "sink/snowflake_channel_offset.h"
#include "sink/snowflake_merge.h"
#include "sink/snowflake_outcome.h"
#include "sink/snowflake_schema.h"
#include "sink/snowflake_store.h"

namespace churnstream {
namespace {

using Step = SnowflakeResult<void>;
using Trouble = SnowflakeTrouble;

// Snowflake takes 4 MB of rows in one request; whether it counts them packed or not has changed.
constexpr std::size_t kTextBytesMax = 3'500'000;

class SnowflakeStreamingSink : public Sink {
 public:
  explicit SnowflakeStreamingSink(SnowflakeSettings settings) : settings_(std::move(settings)) {}
  ~SnowflakeStreamingSink() override { close(); }

  // Positions live in the channels, which are opened when their partitions' first rows come.
  Result<std::optional<Checkpoint>> open(const Assignment& assignment) override {
    close();
    CHURNSTREAM_TRY_ASSIGN(store_, SnowflakeStore::open(settings_, assignment));
    channels_ = std::make_unique<SnowflakeChannels>(settings_, store_->login);
    shares_partitions_ = assignment.shares_partitions;
    keep_tombstones_ = snowflake_insert_new(settings_, "CHURN_FORGOTTEN", snowflake_tombstone_columns(),
                                            snowflake_place_columns());
    if (const Step connected = channels_->connect(); !connected)
      return opening_snowflake_failed(settings_, connected.error());
    store_->retention.keep_up(store_->statements, settings_);
    return std::nullopt;
  }

  // Delivered: Snowflake has committed the rows and says so; an answer to an append alone is no such thing.
  // TryAgain: no connection, 429, 503, a channel that Snowflake wants opened anew. Unknown: an answer was
  // lost, or the commit was not seen within the time-out. After each of them the channel is opened anew,
  // which drops what was not committed and says what was. RefusedRows: rows that are committed and not in the
  // table. Broken: another writer opened the channel, rights or tables are not what they were, the topic is
  // another one.
  WriteOutcome write(const ScoredBatch& rows, const Checkpoint& after) override {
    refused_.clear();
    idle();
    for (const auto& [partition, next] : after.next) {
      if (!(partition == rows.rows.extent().partition)) continue;  // positions without rows need no channel
      const auto identity = after.identity.find(partition.topic);
      const bool has_identity = shares_partitions_ && identity != after.identity.end();
      const Step done = write_partition(rows, next, has_identity ? identity->second : std::string());
      if (done) continue;
      open_.erase(partition);
      return outcome_of(partition, done.error());
    }
    if (refused_.empty()) return Delivered{};
    return RefusedRows{refused_};
  }

  void idle() override {
    if (store_) store_->retention.keep_up(store_->statements, settings_);
  }

  void close() noexcept override {
    open_.clear();
    channels_.reset();
    store_.reset();
  }

 private:
  struct OpenChannel {
    SnowflakeChannel channel;
    Offset next{};  // the first offset that is not committed
  };

  WriteOutcome outcome_of(const Partition& partition, SnowflakeError error) const {
    // In a group the next owner opens the channel whatever stood before; a member that woke up late writes
    // the same rows the new one would, once.
    if (error.trouble == Trouble::taken && shares_partitions_) error.trouble = Trouble::passing;
    if (error.trouble == Trouble::taken)
      error.message = fmt::format(
          "another writer opened the channel {} of {}/{}; two runs must not write the same source into "
          "one schema ({})",
          snowflake_channel_name(partition), partition.topic, partition.number, error.message);
    return snowflake_outcome(settings_, error);
  }

  Step write_partition(const ScoredBatch& rows, Offset next, const std::string& identity) {
    const BatchSlice all = slice_from(rows, Offset{0});
    if (all.num_rows() == 0 && all.tombstone == all.tombstone_end) return {};
    auto opened = channel_of(rows.rows.extent().partition, identity);
    if (!opened) return tl::make_unexpected(opened.error());
    OpenChannel& open = **opened;
    const BatchSlice slice = slice_from(rows, open.next);
    if (slice.row > 0)
      if (const Step again = refuse_again(rows, slice.row, open.channel.status); !again) return again;
    if (const Step kept = keep_tombstones(rows); !kept) return kept;
    if (slice.num_rows() == 0) return {};
    return append(open, rows, slice, next, identity);
  }

  SnowflakeResult<OpenChannel*> channel_of(const Partition& partition, const std::string& identity) {
    if (const auto there = open_.find(partition); there != open_.end()) return &there->second;
    auto channel = channels_->open(snowflake_channel_name(partition));
    if (!channel) return tl::make_unexpected(channel.error());
    const auto offset = parse_snowflake_offset_token(channel->status.offset_token);
    if (!offset)
      return snowflake_failed(
          Trouble::broken,
          fmt::format("the channel {} has an offset token of another program", channel->name));
    if (!is_snowflake_mark_of(offset->mark, identity))
      return snowflake_failed(Trouble::broken, snowflake_made_anew(settings_, partition.topic).message);
    return &open_.emplace(partition, OpenChannel{*std::move(channel), offset->next}).first->second;
  }

  // Rows that are committed were stored, or were refused then and are again.
  Step refuse_again(const ScoredBatch& rows, std::size_t row_end, const SnowflakeChannelStatus& status) {
    if (status.rows_refused == 0) return {};
    return refuse_missing(rows, 0, row_end, status.last_error);
  }

  // A tombstone is durable before the rows behind it move the channel's token past it.
  Step keep_tombstones(const ScoredBatch& rows) {
    if (!settings_.has_scores || rows.tombstones.empty()) return {};
    text_ = "[";
    for (const Tombstone& tombstone : rows.tombstones)
      append_snowflake_tombstone(text_, rows.rows.extent().partition, tombstone);
    text_ += ']';
    const auto done = store_->statements.run(keep_tombstones_, {text_});
    if (!done) return tl::make_unexpected(done.error());
    return {};
  }

  Step append(OpenChannel& open, const ScoredBatch& rows, const BatchSlice& slice, Offset next,
              const std::string& identity) {
    const std::vector<Offset>& offsets = rows.rows.extent().offsets;
    std::size_t first = slice.row;
    text_.clear();
    for (std::size_t row = slice.row; row < slice.row_end; ++row) {
      store_->rows.append(text_, rows, row);
      text_ += '\n';
      const bool is_last = row + 1 == slice.row_end;
      if (!is_last && text_.size() < kTextBytesMax) continue;
      // The last token stands for what was skipped and refused behind the last row, too.
      const Offset last = is_last ? Offset{number_of(next) - 1} : offsets[row];
      const Step done =
          channels_->append(open.channel, text_, snowflake_offset_token(offsets[first], identity),
                            snowflake_offset_token(last, identity));
      if (!done) return done;
      text_.clear();
      first = row + 1;
    }
    crash_point("rows_appended");
    const std::int64_t refused_before = open.channel.status.rows_refused;
    if (const Step committed = wait_for_commit(open, next); !committed) return committed;
    if (open.channel.status.rows_refused == refused_before) return {};
    return refuse_missing(rows, slice.row, slice.row_end, open.channel.status.last_error);
  }

  Step wait_for_commit(OpenChannel& open, Offset next) {
    auto status = wait_for_snowflake_commit(*channels_, open.channel.name, next, settings_.timeout);
    if (!status) return tl::make_unexpected(status.error());
    open.next = parse_snowflake_offset_token(status->offset_token)->next;
    open.channel.status = *std::move(status);
    return {};
  }

  // Of rows [row, row_end) those that are not in the table.
  Step refuse_missing(const ScoredBatch& rows, std::size_t row, std::size_t row_end,
                      const std::string& reason) {
    const Extent& extent = rows.rows.extent();
    const auto found = store_->statements.run(
        fmt::format("SELECT SOURCE_OFFSET FROM {} WHERE SOURCE_TOPIC = ? AND SOURCE_PARTITION = {}"
                    " AND SOURCE_OFFSET BETWEEN {} AND {}",
                    snowflake_table(settings_, "CHURN_EVENTS"), extent.partition.number,
                    number_of(extent.offsets[row]), number_of(extent.offsets[row_end - 1])),
        {extent.partition.topic});
    if (!found) return tl::make_unexpected(found.error());
    std::set<std::int64_t> there;
    for (const auto& cells : *found) {
      std::int64_t offset = 0;
      if (!cells.empty() && cells[0])
        std::from_chars(cells[0]->data(), cells[0]->data() + cells[0]->size(), offset);
      there.insert(offset);
    }
    for (; row < row_end; ++row)
      if (!there.contains(number_of(extent.offsets[row])))
        refused_.push_back(refused_row(rows, row, "the store refused the row: " + reason));
    return {};
  }

  const SnowflakeSettings settings_;
  bool shares_partitions_ = false;
  std::unique_ptr<SnowflakeStore> store_;  // goes behind the channels
  std::unique_ptr<SnowflakeChannels> channels_;
  std::map<Partition, OpenChannel> open_;
  std::string keep_tombstones_;
  std::vector<RefusedRow> refused_;
  std::string text_;  // kept for its memory
};

}  // namespace

std::unique_ptr<Sink> make_snowflake_streaming_sink(SnowflakeSettings settings) {
  return std::make_unique<SnowflakeStreamingSink>(std::move(settings));
}

}  // namespace churnstream
