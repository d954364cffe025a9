#include "sink/snowflake_merge_sink.h"

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <string_view>

#include "base/crash_point.h"
#include "base/json_text.h"
#include "sink/batch_slice.h"
#include "sink/snowflake_merge.h"
#include "sink/snowflake_outcome.h"
#include "sink/snowflake_schema.h"
#include "sink/snowflake_store.h"
#include "sink/snowflake_stream_behind.h"

namespace churnstream {
namespace {

// Of JSON in one statement: Snowflake takes 16 MB as one value.
constexpr std::size_t kTextBytesMax = 8 << 20;

using Step = SnowflakeResult<void>;
using Trouble = SnowflakeTrouble;

// A MERGE finds each key once; of several tombstones the newest takes away what the others do.
std::map<std::string_view, const Tombstone*> newest_tombstones(const ScoredBatch& batch,
                                                               const BatchSlice& slice) {
  std::map<std::string_view, const Tombstone*> newest;
  for (std::size_t i = slice.tombstone; i < slice.tombstone_end; ++i) {
    const Tombstone& one = batch.tombstones[i];
    const Tombstone*& kept = newest[one.key];
    if (kept == nullptr || std::pair(one.time_us, one.offset) > std::pair(kept->time_us, kept->offset))
      kept = &one;
  }
  return newest;
}

class SnowflakeMergeSink : public Sink {
 public:
  explicit SnowflakeMergeSink(SnowflakeSettings settings, std::optional<RowsThere> backfill)
      : settings_(std::move(settings)),
        backfill_(backfill),
        is_streams_(settings_.mode == SnowflakeSettings::Mode::streaming) {}
  ~SnowflakeMergeSink() override { close(); }

  Result<std::optional<Checkpoint>> open(const Assignment& assignment) override {
    close();
    CHURNSTREAM_TRY_ASSIGN(store_, SnowflakeStore::open(settings_, assignment));
    shares_partitions_ = assignment.shares_partitions;
    owner_ = assignment.owner;
    write_statements();
    if (is_streams_) stream_ = std::make_unique<SnowflakeStreamBehind>(settings_, store_->login);
    if (backfill_) return std::nullopt;
    store_->retention.keep_up(store_->statements, settings_);
    return positions();
  }

  // Every statement is harmless when it is done again, and each is done before the next begins: the events,
  // the scores, the position last. TryAgain: no connection, 429, 503, a lock, a statement cancelled at the
  // time-out. Unknown: an answer was lost; the same statement goes again under its request id. RefusedRows:
  // values their column cannot hold, found by halving. Broken: rights or tables are not what they were, the
  // login is turned down, the topic is another one.
  WriteOutcome write(const ScoredBatch& rows, const Checkpoint& after) override {
    refused_.clear();
    idle();
    if (const auto error = is_another_topic(after)) return Broken{*error};
    if (stream_)
      if (const Step behind = stream_->must_be_past(rows, after); !behind)
        return snowflake_outcome(settings_, behind.error());
    if (const Step done = write_slice(rows, slice_from(rows, Offset{0})); !done)
      return snowflake_outcome(settings_, done.error());
    if (backfill_) return refused_.empty() ? WriteOutcome(Delivered{}) : RefusedRows{refused_};
    crash_point("rows_merged");
    if (const Step moved = move_positions(after); !moved) return snowflake_outcome(settings_, moved.error());
    for (const auto& [topic, identity] : after.identity) identities_[topic] = identity;
    if (refused_.empty()) return Delivered{};
    return RefusedRows{refused_};
  }

  void idle() override {
    if (store_ && !backfill_) store_->retention.keep_up(store_->statements, settings_);
  }

  void close() noexcept override {
    stream_.reset();
    store_.reset();
    identities_.clear();
  }

 private:
  void write_statements() {
    const std::vector<SnowflakeColumn>& columns = store_->rows.columns();
    write_events_ = backfill_ == RowsThere::replaced
                        ? snowflake_replace(settings_, "CHURN_EVENTS", columns, snowflake_place_columns(), "")
                        : snowflake_insert_new(settings_, "CHURN_EVENTS", columns, snowflake_place_columns());
    replace_scores_ =
        snowflake_replace(settings_, "CHURN_SCORES", columns, {"CUSTOMER_ID"},
                          snowflake_is_newer("n", backfill_ == RowsThere::stay ? ">" : ">=", "t"));
    forget_ = is_streams_ ? snowflake_insert_new(settings_, "CHURN_FORGOTTEN", snowflake_tombstone_columns(),
                                                 snowflake_place_columns())
                          : snowflake_delete(settings_, "CHURN_SCORES", snowflake_tombstone_columns(),
                                             {"CUSTOMER_ID"}, snowflake_is_newer("t", "<=", "n"));
    move_positions_ = snowflake_replace(settings_, "CHURN_POSITIONS", snowflake_position_columns(),
                                        {"TOPIC", "PARTITION"}, "n.NEXT >= t.NEXT");
  }

  Result<std::optional<Checkpoint>> positions() {
    const auto rows = store_->statements.run("SELECT TOPIC, PARTITION, NEXT, IDENTITY FROM " +
                                             snowflake_table(settings_, "CHURN_POSITIONS"));
    if (!rows) return opening_snowflake_failed(settings_, rows.error());
    Checkpoint checkpoint;
    for (const auto& row : *rows) {
      if (row.size() != 4 || !row[0] || !row[1] || !row[2]) continue;
      std::int32_t number = 0;
      std::int64_t next = 0;
      std::from_chars(row[1]->data(), row[1]->data() + row[1]->size(), number);
      std::from_chars(row[2]->data(), row[2]->data() + row[2]->size(), next);
      checkpoint.next[{*row[0], number}] = Offset{next};
      if (row[3]) checkpoint.identity[*row[0]] = *row[3];
    }
    identities_ = checkpoint.identity;
    return checkpoint;
  }

  // A file's identity grows with it, and its source compares it; a topic's is what it is.
  std::optional<Error> is_another_topic(const Checkpoint& after) const {
    if (!shares_partitions_) return std::nullopt;
    for (const auto& [topic, identity] : after.identity) {
      const auto stored = identities_.find(topic);
      if (stored != identities_.end() && stored->second != identity)
        return snowflake_made_anew(settings_, topic);
    }
    return std::nullopt;
  }

  // A stretch with a row that Snowflake will not have is written in halves, to find it.
  Step write_slice(const ScoredBatch& rows, const BatchSlice& slice) {
    const Step done = write_at_once(rows, slice);
    if (done || done.error().trouble != Trouble::row) return done;
    if (slice.num_rows() == 0) return snowflake_failed(Trouble::broken, done.error().message);
    if (slice.num_rows() == 1) {
      refused_.push_back(refused_row(rows, slice.row, "the store refused the row: " + done.error().message));
      return forget(rows, slice);
    }
    return write_halves(rows, slice);
  }

  Step write_halves(const ScoredBatch& rows, const BatchSlice& slice) {
    const auto [left, right] = halves(rows, slice);
    if (const Step first = write_slice(rows, left); !first) return first;
    return write_slice(rows, right);
  }

  Step write_at_once(const ScoredBatch& rows, const BatchSlice& slice) {
    // Tombstones first; newest_in() knows which rows they take away.
    if (const Step done = forget(rows, slice); !done) return done;
    if (slice.num_rows() == 0) return {};
    encode(rows, slice);
    if (encoded_.size() > kTextBytesMax && slice.num_rows() > 1) return write_halves(rows, slice);
    if (settings_.has_events) {
      take(std::vector<bool>(slice.num_rows(), true));
      if (const Step done = run(write_events_); !done) return done;
    }
    crash_point("between_tables");
    if (!settings_.has_scores || is_streams_) return {};  // there churn_scores is a view
    take(newest_in(rows, slice));
    return run(replace_scores_);
  }

  // Each row of the slice once, for both tables.
  void encode(const ScoredBatch& rows, const BatchSlice& slice) {
    encoded_.clear();
    ends_.clear();
    for (std::size_t row = slice.row; row < slice.row_end; ++row) {
      store_->rows.append(encoded_, rows, row);
      encoded_ += ',';
      ends_.push_back(encoded_.size());
    }
  }

  // The rows that are chosen, as the statement's text.
  void take(const std::vector<bool>& is_chosen) {
    text_ = "[";
    for (std::size_t i = 0, begin = 0; i < ends_.size(); begin = ends_[i++])
      if (is_chosen[i]) text_.append(encoded_, begin, ends_[i] - begin);
    if (text_.size() > 1) text_.pop_back();
  }

  // Takes customers with tombstones out of churn_scores, where nothing newer is there; what a stream has
  // written keeps all of them for its view.
  Step forget(const ScoredBatch& rows, const BatchSlice& slice) {
    if (!settings_.has_scores || slice.tombstone == slice.tombstone_end) return {};
    text_ = "[";
    const Partition& partition = rows.rows.extent().partition;
    if (is_streams_)
      for (std::size_t i = slice.tombstone; i < slice.tombstone_end; ++i)
        append_snowflake_tombstone(text_, partition, rows.tombstones[i]);
    else
      for (const auto& [key, tombstone] : newest_tombstones(rows, slice))
        append_snowflake_tombstone(text_, partition, *tombstone);
    const Step done = run(forget_);
    if (!done && done.error().trouble == Trouble::row)  // a tombstone has no row to refuse
      return snowflake_failed(Trouble::broken, done.error().message);
    return done;
  }

  Step move_positions(const Checkpoint& after) {
    if (after.next.empty()) return {};
    text_ = "[";
    for (const auto& [partition, next] : after.next) {
      text_ += text_.size() > 1 ? ",{\"TOPIC\":" : "{\"TOPIC\":";
      append_json_text(text_, partition.topic);
      fmt::format_to(std::back_inserter(text_),
                     ",\"PARTITION\":{},\"NEXT\":{},\"IDENTITY\":", partition.number, number_of(next));
      const auto identity = after.identity.find(partition.topic);
      if (identity == after.identity.end())
        text_ += "null";
      else
        append_json_text(text_, identity->second);
      text_ += ",\"OWNER\":";
      append_json_text(text_, owner_);
      text_ += '}';
    }
    return run(move_positions_);
  }

  // With text_ for its `?`.
  Step run(const std::string& sql) {
    text_ += ']';
    const auto done = text_.size() > 2 ? store_->statements.run(sql, {text_}) : SnowflakeRows();
    if (!done) return tl::make_unexpected(done.error());
    return {};
  }

  const SnowflakeSettings settings_;
  const std::optional<RowsThere> backfill_;
  const bool is_streams_;  // past rows beside those that channels append
  bool shares_partitions_ = false;
  std::string owner_;
  std::unique_ptr<SnowflakeStore> store_;
  std::unique_ptr<SnowflakeStreamBehind> stream_;  // goes before the store
  std::string write_events_, replace_scores_, forget_, move_positions_;
  std::map<std::string, std::string> identities_;  // of the topics whose positions are stored
  std::vector<RefusedRow> refused_;
  std::string encoded_;            // the slice's rows, a comma behind each
  std::vector<std::size_t> ends_;  // of each of them
  std::string text_;               // what `?` stands for; all three are kept for their memory
};

}  // namespace

std::unique_ptr<Sink> make_snowflake_merge_sink(SnowflakeSettings settings,
                                                std::optional<RowsThere> backfill) {
  return std::make_unique<SnowflakeMergeSink>(std::move(settings), backfill);
}

}  // namespace churnstream
