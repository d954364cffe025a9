// What the API says of past scores, read from the run's store. A desk sits on the store worker's thread and
// may take its time; it owns the history.
//
//   /api/v1/customers         a page of them
//   /api/v1/customers/ID      one, with its data and past scores
//   /api/v1/segments          customers added up by their columns
//   /api/v1/outcomes          who really left, by the probability they were given
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "base/clock.h"
#include "dashboard/outcome_json.h"
#include "dashboard/page_request.h"
#include "data/history.h"

namespace churnstream {

// What may be told of customers.
struct Telling {
  std::set<std::string> hidden_columns{};  // neither shown of a customer nor filtered, split or summed up by
  std::optional<OutcomeTerms> outcomes{};  // where the run keeps true ones
};

class StoreDesk {
 public:
  static constexpr std::size_t kKeptBytesMax = 8 << 20;  // answers of all questions together

  // The same question is put to the store once in `rests` for everybody, and less often where it takes the
  // store more than a tenth of that time. `clock` outlives the desk.
  StoreDesk(std::unique_ptr<History> history, Telling told, std::chrono::milliseconds rests, Clock& clock);

  // As answer_from_store(). What went wrong is not kept.
  PageResponse answer(const PageRequest& request);

 private:
  struct Kept {
    std::string json;
    std::chrono::nanoseconds until{};
  };
  void keep(std::string question, std::string json, std::chrono::nanoseconds asked);

  const std::unique_ptr<History> history_;
  const Telling told_;
  const std::chrono::nanoseconds rests_;
  Clock& clock_;
  std::map<std::string, Kept, std::less<>> kept_;  // by target as sent
  std::size_t kept_bytes_ = 0;
};

// Needs: a GET or HEAD whose target parse_query() understands. Outcomes count up to `now_us` less their
// delay.
PageResponse answer_from_store(const PageRequest& request, History& history, const Telling& told = {},
                               EpochMicros now_us = 0);

}  // namespace churnstream
