// A lane: one thread that owns a source, a decoder and a scorer, and carries rows from the one to the sinks'
// writers. It reads while there is room, remembers what is under way in its ledger, and moves the checkpoint
// behind what is safe. Made and joined by the pipeline.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "decode/decoder.h"
#include "pipeline/batch_scorer.h"
#include "pipeline/checkpoint_file.h"
#include "pipeline/delivery.h"
#include "pipeline/refused_desk.h"
#include "pipeline/sink_writer.h"
#include "pipeline/transaction_writer.h"
#include "source/source.h"

namespace churnstream {

// What one lane owns.
struct LaneParts {
  std::unique_ptr<Source> source;
  std::unique_ptr<Decoder> decoder;
  std::unique_ptr<BatchScorer> scorer;
};

// How lanes behave; the same for all of them.
struct LaneTerms {
  std::chrono::nanoseconds commit_interval = std::chrono::milliseconds(100);
  std::chrono::nanoseconds stop_patience = std::chrono::seconds(10);  // for sinks, once asked to stop
  bool until_end = false;
  bool keeps_outcomes = false;    // the label that was taken off goes to the stores beside the row
  bool source_has_group = false;  // the group keeps the positions, the checkpoint file only what the topic is
};

class Lane {
 public:
  // What a lane hands its rows to.
  struct Ways {
    std::vector<SinkWriter*> sinks;
    TransactionWriter* transaction = nullptr;  // its own, where there are transactions
    RefusedDesk* refused = nullptr;
    CheckpointFile* checkpoint_file = nullptr;  // null: positions are not kept here
  };
  Lane(std::size_t number, LaneParts parts, LaneTerms lane_terms, std::shared_ptr<const ScoreTerms> terms,
       Checkpoint start, Ways ways, RunShared& state);

  // Carries until the end, a stop or a failure (told to the run). What is under way at an end is waited for,
  // at most stop_patience after a stop, and what is safe then is committed.
  void run();

  // From the next batch on; any thread.
  void set_terms(std::shared_ptr<const ScoreTerms> terms) { pool_.set_terms(std::move(terms)); }

  Account account() const { return ledger_.account(); }
  Checkpoint safe() const { return ledger_.safe(); }

 private:
  bool open_source();
  void carry_until_the_end();
  bool start_again();
  void give_up(const std::vector<Partition>& going, std::chrono::milliseconds patience);
  void carry(std::shared_ptr<Parcel> parcel);
  void note_outcomes(ScoredBatch& scored);
  void refuse_unfit_rows(Parcel& parcel);
  Result<void> score(Parcel& parcel);
  void hand_over(std::shared_ptr<const Parcel> parcel);
  template <typename TryPush>
  void push(TryPush try_push);
  void drain();
  void wait_a_little();
  bool is_stale() const { return transaction_ != nullptr && transaction_->epoch() != epoch_; }
  void commit();
  void commit_when_due();
  std::chrono::milliseconds patience();

  LaneParts parts_;
  const LaneTerms lane_terms_;
  const std::shared_ptr<const ScoreTerms> terms_;
  const Checkpoint start_;
  const std::vector<SinkWriter*> sinks_;
  TransactionWriter* const transaction_;
  CheckpointFile* const checkpoint_file_;
  const std::size_t number_;
  RunShared& state_;
  ParcelPool pool_;
  DeliveryLedger ledger_;
  Bell bell_;
  LaneDesk desk_;
  SkipCounts skipped_;
  std::size_t value_column_;  // npos: none
  bool warned_of_labels_ = false;
  Checkpoint committed_;
  std::chrono::nanoseconds commit_due_{0}, lag_due_{0};
  std::uint64_t epoch_ = 0;
  std::optional<Partition> in_hand_;  // of the batch that is being handed over
};

}  // namespace churnstream
