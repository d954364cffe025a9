// The door to what a store remembers of past scores; the page and the API read through it. A store implements
// it beside its sink, with a connection of its own. One reader thread at a time; every answer is one
// consistent moment.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "data/position.h"

namespace churnstream {

constexpr std::size_t kRiskBins = 20;  // of width 0.05, the last one closed on both sides

// One customer, by its newest event.
struct CustomerScore {
  std::string customer_id;
  double probability = 0;
  std::string prediction;
  std::string risk_band;
  bool flagged = false;
  std::string model;
  double value = 0;          // money per month; NaN where unknown
  double expected_loss = 0;  // probability x value; NaN where unknown
  EpochMicros event_time_us = 0;
  EpochMicros scored_at_us = 0;
};

// Sums over customers, each once (never over events).
struct RiskSummary {
  std::uint64_t customers = 0;
  std::uint64_t events = 0;  // rows of churn_events
  std::uint64_t flagged = 0;
  double expected_churners = 0;     // sum p
  double expected_churners_sd = 0;  // sqrt(sum p (1 - p)), if customers leave independently given p
  double revenue_at_risk = 0;       // sum p x value per month
  double revenue_at_risk_sd = 0;    // sqrt(sum p (1 - p) value^2)
  double revenue = 0;               // sum of value
  std::map<std::string, std::uint64_t> bands;
  std::array<std::uint64_t, kRiskBins> histogram{};
  std::vector<CustomerScore> at_risk;  // largest expected loss first (else largest probability)
  Checkpoint positions;  // of the store at that same moment: what is summed up here lies before them
};

// Which customers are meant; what is left out means all.
struct CustomerFilter {
  std::string risk_band;
  std::optional<bool> flagged;
  std::string id_prefix;  // capital letters aside
  // A column of the customer's and a value: a text, or for a column of numbers one number or a range
  // "12..24", its upper end outside. Several of the same column: any of them.
  std::vector<std::pair<std::string, std::string>> where;
};

// The largest first, and who has none last.
enum class CustomerOrder { expected_loss, probability, event_time, customer_id };

struct CustomerQuery {
  CustomerFilter filter;
  CustomerOrder order = CustomerOrder::expected_loss;
  bool ascending = false;
  std::size_t limit = 50;
  std::string after;  // the last customer of the page before; empty: the first page
};

struct CustomerPage {
  std::vector<CustomerScore> customers;
  std::uint64_t total = 0;  // that the filter lets through, on all pages
  bool has_more = false;
};

// One of a customer's past scores.
struct PastScore {
  EpochMicros event_time_us = 0;
  double probability = 0;
  std::string prediction, risk_band, model;
  Partition partition;
  Offset offset{};
};

struct CustomerDetail {
  CustomerScore score;
  std::vector<std::pair<std::string, std::variant<std::monostate, std::string, double>>> data;
  std::vector<PastScore> past;  // newest first; none where the store keeps no events
};

// What splits customers into segments: a column of texts, a column of numbers in steps of `width`, or our own
// "risk_band", "prediction" and "probability" (in kRiskBins bins).
struct SegmentAxis {
  std::string column;
  double width = 0;
};

struct Segment {
  std::vector<std::optional<std::string>> values;  // one for each axis: of a step its lower end
  std::uint64_t customers = 0, flagged = 0;
  double mean_probability = 0;  // NaN where nobody has one, as the sums of money
  double value = 0;
  double revenue_at_risk = 0;
  std::vector<double> sums;  // one for each column that was to be summed up
};

constexpr std::size_t kSegmentsMax = 2'000;    // an axis with more values is no segment
constexpr std::size_t kPastScoresMax = 1'000;  // of one customer, the newest

// As long as the page's server waits for an answer: what comes later is for nobody, and holds the others up.
constexpr std::chrono::milliseconds kQuestionPatience{10'000};

constexpr std::size_t kOutcomeBins = 100;  // of width 0.01, the last one closed on both sides

// Customers of whom it is known whether they left, by the probability their event was given. Bin k holds the
// doubles from k / 100 up to (k + 1) / 100, so that what lies above such a threshold is a sum of bins.
struct OutcomeCount {
  std::uint64_t customers = 0;
  double value = 0;  // money per month; NaN where nobody's is known
};
struct OutcomeSpread {
  std::array<OutcomeCount, kOutcomeBins> left{}, stayed{};
};

class History {
 public:
  virtual ~History() = default;
  virtual Result<RiskSummary> summary(std::size_t at_risk_max) = 0;
  // Wrong where the query names a column that is not there, or a value it cannot have.
  virtual Result<CustomerPage> customers(const CustomerQuery& query) = 0;
  // Nothing: the store knows nobody of this id.
  virtual Result<std::optional<CustomerDetail>> customer(const std::string& id) = 0;
  // In the order of their values. Without an axis: one for all. `sums` are columns of numbers. Wrong as
  // customers().
  virtual Result<std::vector<Segment>> segments(const CustomerFilter& filter,
                                                const std::vector<SegmentAxis>& axes,
                                                const std::vector<std::string>& sums = {}) = 0;
  // Of each customer the newest event up to this time whose outcome and score are known. Empty where the
  // store keeps no outcomes.
  virtual Result<OutcomeSpread> outcomes(EpochMicros until_us) = 0;
};

}  // namespace churnstream
