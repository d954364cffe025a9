#include "sink/refused_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "base/base64.h"
#include "base/json_text.h"
#include "data/record_headers.h"

namespace churnstream {
namespace {

// What makes a refused row the same one again.
using RefusedAddress = std::tuple<std::string, std::int64_t, std::int64_t, std::string>;

RefusedAddress address_of(const RefusedRow& row) {
  return {row.partition.topic, row.partition.number, number_of(row.offset), row.stage};
}

class RefusedFile : public RefusedStore {
 public:
  RefusedFile(Path path, Clock& clock) : path_(std::move(path)), clock_(clock) {}
  ~RefusedFile() override { close(); }

  Result<void> open(const Checkpoint& start) override {
    file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file_ < 0) return wrong("opening the refused file", path_.string(), errno_text());
    if (::fchmod(file_, 0600) != 0) return wrong("closing to others", path_.string(), errno_text());
    // Shared among streams; who writes the file anew wants it alone.
    if (::flock(file_, LOCK_SH | LOCK_NB) != 0)
      return wrong("opening the refused file", path_.string(), "somebody is erasing a customer from it");
    const std::uint64_t length = read_what_is_there(0, std::numeric_limits<std::uint64_t>::max(), start);
    if (::ftruncate(file_, static_cast<off_t>(length)) != 0)
      return wrong("opening the refused file", path_.string(), errno_text());
    length_ = known_length_ = length;
    return {};
  }

  Result<void> write(const std::vector<RefusedRow>& rows) override {
    text_.clear();
    for (const RefusedRow& row : rows) {
      if (is_there(row)) continue;
      append_refused_line(text_, row, clock_.now_us());
    }
    // A failed attempt may have left bytes: this one writes over them, and what is longer is cut.
    for (std::size_t done = 0; done < text_.size();) {
      const ssize_t count =
          ::pwrite(file_, text_.data() + done, text_.size() - done, static_cast<off_t>(length_ + done));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return failed("writing", path_.string(), errno_text());
      done += static_cast<std::size_t>(count);
    }
    if (::ftruncate(file_, static_cast<off_t>(length_ + text_.size())) != 0 || ::fdatasync(file_) != 0)
      return failed("writing", path_.string(), errno_text());
    length_ += text_.size();
    for (const RefusedRow& row : rows) {
      Offset& furthest = furthest_.emplace(std::pair(row.partition, row.stage), row.offset).first->second;
      furthest = std::max(furthest, row.offset);
    }
    return {};
  }

  void close() noexcept override {
    if (file_ >= 0) ::close(file_);
    file_ = -1;
  }

 private:
  // A partition that goes from lane to lane before its rows are safe is read again from behind, in the same
  // life. What was written since is read back only then, so that nobody has to remember it.
  bool is_there(const RefusedRow& row) {
    const auto furthest = furthest_.find({row.partition, row.stage});
    const bool is_behind = furthest != furthest_.end() && row.offset <= furthest->second;
    if (is_behind && known_length_ < length_)
      known_length_ = read_what_is_there(known_length_, length_, Checkpoint());
    return !known_.empty() && known_.contains(address_of(row));
  }

  // Remembers the rows at or behind `start`, of the lines between two lengths of the file: they come again.
  // Gives the length of the whole lines; what follows was torn by a crash.
  std::uint64_t read_what_is_there(std::uint64_t from, std::uint64_t until, const Checkpoint& start) {
    std::ifstream lines(path_, std::ios::binary);
    lines.seekg(static_cast<std::streamoff>(from));
    std::uint64_t length = from;
    for (std::string line; length < until && std::getline(lines, line) && !lines.eof();
         length += line.size() + 1) {
      const nlohmann::json json = nlohmann::json::parse(line, nullptr, false);
      if (!json.is_object()) continue;  // Somebody else's line: it stays.
      const auto is = [&](const char* name, bool (nlohmann::json::*kind)() const noexcept) {
        return json.contains(name) && (json[name].*kind)();
      };
      if (!is("source_topic", &nlohmann::json::is_string) || !is("stage", &nlohmann::json::is_string) ||
          !is("source_partition", &nlohmann::json::is_number_integer) ||
          !is("source_offset", &nlohmann::json::is_number_integer))
        continue;
      RefusedAddress address{json["source_topic"], json["source_partition"], json["source_offset"],
                             json["stage"]};
      const Partition partition{std::get<0>(address), static_cast<std::int32_t>(std::get<1>(address))};
      const auto place = start.next.find(partition);
      if (place == start.next.end() || std::get<2>(address) >= number_of(place->second))
        known_.insert(std::move(address));
    }
    return length;
  }

  const Path path_;
  Clock& clock_;
  int file_ = -1;
  std::uint64_t length_ = 0;
  std::set<RefusedAddress> known_;  // of rows before known_length_
  std::uint64_t known_length_ = 0;
  std::map<std::pair<Partition, std::string>, Offset> furthest_;  // written in this life, by stage
  std::string text_;
};

void append_header_list(std::string& out, const std::string& headers) {
  out += ",\"headers\":[";
  const char* before = "{\"name\":";
  for (const RecordHeader& header : headers_of(headers)) {
    out += before;
    append_json_text(out, header.name);
    if (header.value) out += ",\"value_base64\":\"" + base64_of(*header.value) + '"';
    out += '}';
    before = ",{\"name\":";
  }
  out += ']';
}

}  // namespace

void append_refused_line(std::string& out, const RefusedRow& row, EpochMicros now_us) {
  const auto text = [&out](const char* name, std::string_view value) {
    out.append(",\"").append(name).append("\":");
    append_json_text(out, value);
  };
  out += "{\"refused_at\":\"" + rfc3339(now_us) + '"';
  text("stage", row.stage);
  text("reason", row.reason);
  text("key", row.key);
  text("source_topic", row.partition.topic);
  out += ",\"source_partition\":" + std::to_string(row.partition.number);
  out += ",\"source_offset\":" + std::to_string(number_of(row.offset));
  text("event_time", rfc3339(row.time_us));
  text("raw_base64", base64_of(row.raw));
  if (is_utf8(row.raw)) text("raw", row.raw);
  if (!row.record_key.empty()) text("record_key_base64", base64_of(row.record_key));
  if (!row.headers.empty()) append_header_list(out, row.headers);
  out += "}\n";
}

Options refused_file_options() {
  Options options("refused.file", "Refused rows as JSON lines, readable by their owner only.");
  options.path("path", "The file.").fallback("refused.jsonl");
  return options;
}

std::unique_ptr<RefusedStore> make_refused_file(Path path, Clock& clock) {
  return std::make_unique<RefusedFile>(std::move(path), clock);
}

}  // namespace churnstream
