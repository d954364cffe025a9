#include "pipeline/pipeline.h"

#include <fmt/format.h>

#include <thread>

#include "base/log.h"
#include "base/thread_name.h"
#include "data/checkpoint_text.h"
#include "pipeline/refused_writer.h"

namespace churnstream {

// The threads' side of one run; goes down in the reverse order: first the sinks' writers, then the refused
// rows' writer they feed.
struct Pipeline::Running {
  Running(RunParts& parts, Clock& clock, const std::atomic<bool>& stop)
      : state(clock, parts.observers, stop) {
    if (parts.refused) refused.emplace(std::move(parts.refused), state);
  }

  RunShared state;
  std::optional<RefusedWriter> refused;
  std::vector<std::unique_ptr<SinkWriter>> writers;
  std::vector<std::unique_ptr<TransactionWriter>> transactions;  // one per lane, or none
  std::vector<std::vector<SinkWriter*>> by_lane;  // each lane's sinks, in the order of the pipeline
};

Pipeline::Pipeline(RunParts parts, Clock& clock) : parts_(std::move(parts)), clock_(clock) {
  insist(!parts_.lanes.empty() && (!parts_.sinks.empty() || parts_.transaction),
         "a pipeline has a lane and a sink");
  insist(parts_.refused || (parts_.transaction && parts_.transaction->takes_refused),
         "refused rows go somewhere");
}

Pipeline::~Pipeline() = default;

Result<void> Pipeline::run(const std::atomic<bool>& stop) {
  Running running(parts_, clock_, stop);
  const Result<Checkpoint> start = open_sinks(running);
  if (start) {
    Result<void> opened;
    if (running.refused) opened = running.refused->start(*start);
    if (opened)
      run_lanes(running, *start);
    else
      running.state.fail(opened.error());
  } else if (!stop) {
    running.state.fail(start.error());
  }
  for (const auto& writer : running.writers) writer->finish();
  for (const auto& transaction : running.transactions) transaction->finish();
  if (running.refused) running.refused->finish();
  insist(account().balances(), "rows read = delivered + refused + under way");
  if (auto error = running.state.error()) return tl::make_unexpected(*std::move(error));
  return {};
}

// Makes the writers and starts them; each opens its sink.
void Pipeline::start_writers(Running& running) {
  Assignment assignment;
  assignment.columns = parts_.lanes.front().decoder->schema();
  assignment.shares_partitions = parts_.lane_terms.source_has_group;
  {
    const std::lock_guard lock(mutex_);
    assignment.terms = parts_.terms;
  }
  const auto of_lane = [&](std::size_t lane) {
    Assignment own = assignment;
    own.owner = fmt::format("{}-{}", parts_.owner, lane);
    return own;
  };
  assignment.owner = parts_.owner;
  running.by_lane.resize(parts_.lanes.size());
  for (const SinkPart& part : parts_.sinks) {
    for (std::size_t lane = 0; lane < parts_.lanes.size(); ++lane) {
      if (lane == 0 || !part.single_writer) {
        running.writers.push_back(
            std::make_unique<SinkWriter>(part.name, lane, part.required, part.make(), running.state));
        running.writers.back()->start(part.single_writer ? assignment : of_lane(lane));
      }
      running.by_lane[lane].push_back(running.writers.back().get());
    }
  }
  if (!parts_.transaction) return;
  for (std::size_t lane = 0; lane < parts_.lanes.size(); ++lane) {
    TransactionWriter::Terms terms{
        parts_.transaction->name, lane, parts_.lane_terms.commit_interval, parts_.transaction->takes_refused,
        [source = parts_.lanes[lane].source.get()] { return source->group_token(); }};
    running.transactions.push_back(
        std::make_unique<TransactionWriter>(std::move(terms), parts_.transaction->make(), running.state));
    running.transactions.back()->start(of_lane(lane));
  }
}

Result<Checkpoint> Pipeline::open_sinks(Running& running) {
  start_writers(running);
  // Every required sink has a say in where to start, and so has the checkpoint: refused rows are safe only
  // behind it.
  std::vector<Checkpoint> remembered;
  if (parts_.checkpoint_file) remembered.push_back(parts_.checkpoint_file->checkpoint());
  std::optional<Error> problem;
  for (const auto& writer : running.writers) {
    const SinkWriter::Opened opened = writer->wait_until_open();
    if (!opened && writer->required() && !problem)
      problem = Error{fmt::format("opening sink \"{}\": {}", writer->name(), opened.error().message),
                      opened.error().kind};
    if (opened && *opened && writer->required()) remembered.push_back(**opened);
  }
  for (const auto& transaction : running.transactions) {
    const TransactionWriter::Opened opened = transaction->wait_until_open();
    if (!opened && !problem)
      problem = Error{fmt::format("opening sink \"{}\": {}", transaction->name(), opened.error().message),
                      opened.error().kind};
  }
  if (problem) {
    running.state.abandon();
    return tl::make_unexpected(*std::move(problem));
  }
  Checkpoint start = start_for_all(remembered);
  // A group says itself where to start, when partitions are assigned; sinks skip what they have.
  if (parts_.lane_terms.source_has_group) start.next.clear();
  return start;
}

void Pipeline::run_lanes(Running& running, const Checkpoint& start) {
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t lane = 0; lane < parts_.lanes.size(); ++lane) {
      Lane::Ways ways;
      ways.sinks = running.by_lane[lane];
      ways.checkpoint_file = parts_.checkpoint_file.get();
      if (!running.transactions.empty()) ways.transaction = running.transactions[lane].get();
      if (running.refused) ways.refused = &*running.refused;
      if (!ways.refused) ways.refused = ways.transaction;
      lanes_.push_back(std::make_unique<Lane>(lane, std::move(parts_.lanes[lane]), parts_.lane_terms,
                                              parts_.terms, start, std::move(ways), running.state));
    }
  }
  std::vector<std::thread> threads;
  for (std::size_t number = 0; number < lanes_.size(); ++number)
    threads.emplace_back([this, number] {
      name_this_thread(fmt::format("lane {}", number));
      lanes_[number]->run();
    });
  for (std::thread& thread : threads) thread.join();
}

void Pipeline::set_terms(const std::shared_ptr<const ScoreTerms>& terms) {
  const std::lock_guard lock(mutex_);
  insist(terms->model == parts_.terms->model && terms->key_column == parts_.terms->key_column &&
             terms->value_column == parts_.terms->value_column,
         "only thresholds and bands change while rows walk");
  parts_.terms = terms;
  for (const auto& lane : lanes_) lane->set_terms(terms);
}

Account Pipeline::account() const {
  const std::lock_guard lock(mutex_);
  Account sum;
  for (const auto& lane : lanes_) {
    const Account one = lane->account();
    sum.rows_read += one.rows_read;
    sum.rows_delivered += one.rows_delivered;
    sum.rows_refused += one.rows_refused;
    sum.rows_under_way += one.rows_under_way;
    for (const auto& [reason, count] : one.records_skipped) sum.records_skipped[reason] += count;
  }
  return sum;
}

Checkpoint Pipeline::positions() const {
  const std::lock_guard lock(mutex_);
  Checkpoint all;
  for (const auto& lane : lanes_) {
    const Checkpoint one = lane->safe();
    for (const auto& [partition, next] : one.next) all.next[partition] = next;
    for (const auto& [topic, identity] : one.identity) all.identity[topic] = identity;
  }
  return all;
}

}  // namespace churnstream
