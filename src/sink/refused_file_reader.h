// The rows of a refused file (refused_file.h), and how far they were sent again: a note beside the file,
// owner only, says how many of its bytes. One thread.
#pragma once

#include <cstdint>
#include <fstream>
#include <memory>
#include <optional>

#include "base/file.h"
#include "sink/refused_reader.h"

namespace churnstream {

// The row a line of the file holds; nothing where the line is none of ours.
std::optional<RefusedRow> refused_row_in(const std::string& line);
// How many bytes of the file were sent again: what the note says, 0 without one.
Result<std::uint64_t> bytes_sent_again(const Path& path);
Result<void> note_bytes_sent_again(const Path& path, std::uint64_t bytes);

class RefusedFileReader : public RefusedReader {
 public:
  // `from_start`: also the rows that were sent again before. Wrong when the file is shorter than the note
  // says. No file at all has no rows.
  static Result<std::unique_ptr<RefusedFileReader>> open(const Path& path, bool from_start);

  Result<bool> next(RefusedRow& out) override;
  // Notes that everything before this place has been sent again.
  Result<void> note_sent() const;

 private:
  RefusedFileReader(Path path, std::uint64_t place) : path_(std::move(path)), place_(place) {}
  const Path path_;
  std::ifstream lines_;
  std::uint64_t place_;  // in bytes, behind the row read last
};

}  // namespace churnstream
