// A store whose answers, slowness and trouble the test sets.
#pragma once

#include <string>

#include "base/clock.h"
#include "data/history.h"

namespace churnstream {

class FakeHistory : public History {
 public:
  explicit FakeHistory(ManualClock& clock) : clock_(clock) {}

  Result<RiskSummary> summary(std::size_t at_risk_max) override {
    RiskSummary answer = now;
    if (answer.at_risk.size() > at_risk_max) answer.at_risk.resize(at_risk_max);
    return answered(answer);
  }
  Result<CustomerPage> customers(const CustomerQuery& query) override {
    asked_for = query;
    return answered(page);
  }
  Result<std::optional<CustomerDetail>> customer(const std::string& id) override {
    asked_for.after = id;
    return answered(detail);
  }
  Result<std::vector<Segment>> segments(const CustomerFilter& filter, const std::vector<SegmentAxis>& axes,
                                        const std::vector<std::string>& sums) override {
    asked_for.filter = filter;
    asked_axes = axes;
    asked_sums = sums;
    return answered(parts);
  }
  Result<OutcomeSpread> outcomes(EpochMicros until_us) override {
    asked_until_us = until_us;
    return answered(spread);
  }

  RiskSummary now;
  CustomerPage page;
  std::optional<CustomerDetail> detail;
  std::vector<Segment> parts;
  OutcomeSpread spread;
  CustomerQuery asked_for;
  EpochMicros asked_until_us = 0;
  std::vector<SegmentAxis> asked_axes;
  std::vector<std::string> asked_sums;
  std::chrono::nanoseconds takes{0};
  std::string trouble, mistake;
  int asked = 0;

 private:
  template <typename Answer>
  Result<Answer> answered(const Answer& answer) {
    ++asked;
    clock_.advance(takes);
    if (!trouble.empty()) return failed("reading", "churn.db", trouble);
    if (!mistake.empty()) return wrong("asking the store", "it", mistake);
    return answer;
  }

  ManualClock& clock_;
};

}  // namespace churnstream
