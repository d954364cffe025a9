#include "sink/file_forget.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "sink/appended_file.h"
#include "sink/refused_file_reader.h"

namespace churnstream {
namespace {

using Json = nlohmann::json;

// Reads record by record, each with its line end; a CSV record goes on while a quote is open.
bool next_record(std::istream& lines, FileFormat format, std::string& record) {
  record.clear();
  for (std::string line; std::getline(lines, line);) {
    record += line;
    if (!lines.eof()) record += '\n';
    if (format == FileFormat::jsonl || std::count(record.begin(), record.end(), '"') % 2 == 0) return true;
  }
  return !record.empty();
}

std::string first_field(const std::string& record) {
  if (!record.starts_with('"')) return record.substr(0, record.find_first_of(",\r\n"));
  std::string field;
  for (std::size_t i = 1; i < record.size(); ++i) {
    if (record[i] == '"' && (i + 1 == record.size() || record[++i] != '"')) break;
    field += record[i];
  }
  return field;
}

std::string customer_of(FileFormat format, const std::string& record) {
  if (format == FileFormat::csv) return first_field(record);
  const Json json = Json::parse(record, nullptr, false);
  const auto id = json.is_object() ? json.find("customer_id") : json.end();
  return json.is_object() && id != json.end() && id->is_string() ? id->get<std::string>() : std::string();
}

// Copies every record that `is_theirs` does not hold for; how many it held for. `to` empty: only counts.
// `kept`: hears of each record, with whether it stays.
Result<std::uint64_t> copy_without(const Path& from, const Path& to, FileFormat format,
                                   const std::function<bool(const std::string&)>& is_theirs,
                                   const std::function<void(const std::string&, bool)>& on_record = {}) {
  std::ifstream in(from, std::ios::binary);
  if (!in) return failed("reading", from.string(), errno_text());
  std::ofstream out;
  if (!to.empty()) out.open(to, std::ios::binary | std::ios::trunc);
  std::uint64_t count = 0;
  for (std::string record; next_record(in, format, record);) {
    const bool is_one = is_theirs(record);
    count += is_one ? 1 : 0;
    if (on_record) on_record(record, !is_one);
    if (!is_one && out.is_open()) out << record;
  }
  if (to.empty()) return count;
  out.close();
  if (!out) return failed("writing", to.string(), errno_text());
  CHURNSTREAM_TRY(sync_to_disk(to));
  return count;
}

bool is_word_letter(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) != 0 || (letter & 0x80) != 0;
}

bool holds_word(std::string_view bytes, std::string_view word) {
  for (std::size_t at = bytes.find(word); at != std::string_view::npos; at = bytes.find(word, at + 1)) {
    const bool begins = at == 0 || !is_word_letter(bytes[at - 1]);
    const std::size_t end = at + word.size();
    if (begins && (end == bytes.size() || !is_word_letter(bytes[end]))) return true;
  }
  return false;
}

bool is_theirs(const RefusedRow& row, const std::string& customer) {
  return row.key == customer || row.record_key == customer || holds_word(row.raw, customer);
}

// Held while the file is written anew, so that no stream writes into what was its file.
class SoleOwner {
 public:
  explicit SoleOwner(const Path& path) : descriptor_(::open(path.c_str(), O_RDWR | O_CLOEXEC)) {}
  ~SoleOwner() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  SoleOwner(const SoleOwner&) = delete;
  SoleOwner& operator=(const SoleOwner&) = delete;
  bool take() const { return descriptor_ >= 0 && ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0; }

 private:
  const int descriptor_;
};

}  // namespace

Result<Erasure> forget_in_file(const Path& path, FileFormat format, const ErasureWishes& wishes) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return Erasure();
  bool is_header = format == FileFormat::csv;
  const auto theirs = [&](const std::string& record) {
    return !std::exchange(is_header, false) && customer_of(format, record) == wishes.customer;
  };
  AppendedFile file(path);
  if (!wishes.is_dry_run) CHURNSTREAM_TRY(file.open());
  CHURNSTREAM_TRY_ASSIGN(const std::uint64_t rows,
                         copy_without(path, wishes.is_dry_run ? Path() : file.next_path(), format, theirs));
  if (!wishes.is_dry_run && rows > 0) CHURNSTREAM_TRY(file.take_next());
  if (rows == 0) std::filesystem::remove(file.next_path(), ignored);
  return Erasure{{{"records", rows}}, {}};
}

Result<Erasure> forget_in_refused_file(const Path& path, const ErasureWishes& wishes) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return Erasure();
  const SoleOwner owner(path);
  if (!wishes.is_dry_run && !owner.take())
    return failed("erasing from", path.string(), "a stream is writing it", "stop the stream, then ask again");
  const auto theirs = [&](const std::string& line) {
    const std::optional<RefusedRow> row = refused_row_in(line);
    return row && is_theirs(*row, wishes.customer);
  };
  Path next = path;
  next += ".next";
  CHURNSTREAM_TRY_ASSIGN(const std::uint64_t sent, bytes_sent_again(path));
  std::uint64_t read = 0, sent_kept = 0;
  const auto count_bytes = [&](const std::string& record, bool stays) {
    read += record.size();
    if (stays && read <= sent) sent_kept += record.size();
  };
  CHURNSTREAM_TRY_ASSIGN(const std::uint64_t rows, copy_without(path, wishes.is_dry_run ? Path() : next,
                                                                FileFormat::jsonl, theirs, count_bytes));
  if (!wishes.is_dry_run && rows > 0) {
    if (::chmod(next.c_str(), 0600) != 0) return failed("closing to others", next.string(), errno_text());
    // Before the file, so that after a crash rows are sent again rather than left out.
    if (sent > 0) CHURNSTREAM_TRY(note_bytes_sent_again(path, sent_kept));
    if (std::rename(next.c_str(), path.c_str()) != 0)
      return failed("moving into place", path.string(), errno_text());
    CHURNSTREAM_TRY(sync_to_disk(path.parent_path()));
  }
  if (!wishes.is_dry_run) std::filesystem::remove(next, ignored);
  return Erasure{{{"refused rows", rows}}, {}};
}

}  // namespace churnstream
