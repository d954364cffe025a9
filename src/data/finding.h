// What somebody found who looked at a part of a pipeline (a broker, a store, a folder) without changing it:
// for run --dry-run and doctor. Plain values.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace churnstream {

enum class Health {
  fine,
  odd,  // a run works; somebody should know
  bad,  // a run would fail
};

struct Finding {
  Health health = Health::fine;
  std::string text;    // a sentence
  std::string remedy;  // what to do; empty where there is nothing to do, or the sentence says it
  ErrorKind kind = ErrorKind::trouble;  // of a bad one
};

class Findings {
 public:
  void fine(std::string text) { all_.push_back({Health::fine, std::move(text), {}, {}}); }
  void odd(std::string text, std::string remedy) {
    all_.push_back({Health::odd, std::move(text), std::move(remedy), {}});
  }
  void bad(std::string text, std::string remedy) {
    all_.push_back({Health::bad, std::move(text), std::move(remedy), ErrorKind::wrong});
  }
  // An error's message has no full stop, and another library's may have several lines.
  void bad(const Error& error) {
    std::string text = error.message;
    std::replace_if(
        text.begin(), text.end(), [](char letter) { return letter == '\n' || letter == '\t'; }, ' ');
    if (text.empty() || (text.back() != '.' && text.back() != '?')) text += '.';
    all_.push_back({Health::bad, std::move(text), {}, error.kind});
  }

  auto begin() const { return all_.begin(); }
  auto end() const { return all_.end(); }

 private:
  std::vector<Finding> all_;
};

}  // namespace churnstream
