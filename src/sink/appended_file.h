// A file that grows, with a note beside it (NAME.position) that says how many of its bytes count and
// which checkpoint they hold. Bytes come first and are made durable, then the note is replaced in one step:
// whenever the process dies, cutting the file to the noted length gives exactly the rows before the noted
// position. One owner at a time, by a lock on the note's own lock file; one thread.
#pragma once

#include <optional>
#include <string>

#include "base/file.h"
#include "data/position.h"

namespace churnstream {

class AppendedFile {
 public:
  explicit AppendedFile(Path path) : path_(std::move(path)) {}
  ~AppendedFile() { close(); }
  AppendedFile(const AppendedFile&) = delete;
  AppendedFile& operator=(const AppendedFile&) = delete;

  // Makes or verifies the file and cuts it to what counts. Wrong when another process owns it, when it is
  // there without a note (it is not ours), or shorter than noted.
  Result<void> open();
  // The bytes and the position are durable together. On error neither is, and the same may be tried again.
  Result<void> append(std::string_view bytes, const Checkpoint& after);
  // Puts what was written to next_path() in the place of all that counts, in one step: whenever the process
  // dies, opening finds the old bytes or the new ones. The position stays. On error the same may be tried
  // again. Needs: the bytes there are on the disk.
  Result<void> take_next();
  Path next_path() const { return beside(".next"); }
  void close() noexcept;

  const Checkpoint& position() const { return position_; }
  std::uint64_t length() const { return length_; }

 private:
  Result<void> lock();
  Result<void> read_note();
  Result<void> cut_to_what_counts();
  Result<void> write_note(std::uint64_t length, const Checkpoint& position, bool is_next = false) const;
  Result<void> finish_taking_next();
  Path beside(const char* ending) const;

  const Path path_;
  int lock_ = -1;
  int file_ = -1;
  std::uint64_t length_ = 0;
  Checkpoint position_;
  bool is_taking_next_ = false;   // the note means the bytes at next_path()
  bool has_stray_bytes_ = false;  // a failed append may have left some behind length_
};

}  // namespace churnstream
