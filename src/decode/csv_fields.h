// One CSV record cut into its fields by RFC 4180. The inner step of the CSV decoder; owned by one decoder,
// its memory reused from record to record.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace churnstream {

class CsvFields {
 public:
  // Null on success, otherwise why the record is none; then there are no fields. A quote inside a field that
  // does not begin with one is an ordinary byte. The fields are views into `record`, or into this object
  // where quotes were doubled, until the next split().
  const char* split(std::string_view record);

  std::size_t size() const { return fields_.size(); }
  std::string_view operator[](std::size_t field) const { return fields_[field]; }
  const std::vector<std::string_view>& all() const { return fields_; }
  // Whether a field that is empty was written as "": a text without letters, not a missing one.
  bool is_quoted(std::size_t field) const { return has_quotes_ && quoted_[field] != 0; }

 private:
  void split_plain(std::string_view record);
  const char* split_quoted(std::string_view record);
  std::string_view undouble(std::string_view inside);

  std::vector<std::string_view> fields_;
  std::vector<std::uint8_t> quoted_;  // only filled where the record has quotes
  bool has_quotes_ = false;
  std::string undoubled_;
};

}  // namespace churnstream
