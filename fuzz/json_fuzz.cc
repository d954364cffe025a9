// Any bytes at all as JSON records: nothing crashes, every record ends in exactly one of rows, refused and
// skipped, and neither the records around one nor where its bytes lie change what becomes of it.
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "decode/json_decoder.h"
#include "source/record_framing.h"

namespace churnstream {
namespace {

std::unique_ptr<Decoder> make_decoder(bool has_root) {
  JsonSettings settings;
  settings.columns = Schema::make({{"id"}, {"plan"}, {"tenure", ColumnType::number}}).value();
  settings.key = "id";
  settings.label = "Churn";
  settings.event_time = "at";
  settings.paths = {{"tenure", "time.months"}, {"at", "$.ts"}};
  if (has_root) settings.root = "p.after";
  return make_json_decoder(std::move(settings)).value();
}

// What became of one record.
std::string ending_of(Decoder& decoder, const RawBatch& raw, std::size_t index, const RecordBatch& rows,
                      const std::vector<RefusedRow>& refused) {
  const Offset offset = raw.records[index].offset;
  for (std::size_t row = 0; row < rows.num_rows(); ++row) {
    if (rows.extent().offsets[row] != offset) continue;
    std::string text = std::to_string(rows.extent().event_times_us[row]) + decoder.labels()[row];
    for (const std::size_t column : {0, 1})
      text += (rows.column(column).is_missing(row) ? "-" : "+") + std::string(rows.column(column).text(row));
    return text + std::to_string(rows.column(2).number(row));
  }
  for (const RefusedRow& row : refused)
    if (row.offset == offset) return row.reason + row.key + row.raw;
  return "skipped";
}

class Walk {
 public:
  explicit Walk(bool has_root) : decoder_(make_decoder(has_root)) {}

  std::vector<std::string> run(const RawBatch& raw) {
    SkipCounts skipped;
    decoder_->decode(raw, rows_, refused_, skipped);
    std::size_t accounted = rows_.num_rows() + refused_.size();
    for (const auto& [reason, count] : skipped) accounted += count;
    insist(accounted == raw.records.size(), "every record ends in exactly one of the three");
    insist(decoder_->labels().size() == rows_.num_rows(), "every row has its label");
    for (std::size_t row = 0; row < rows_.num_rows(); ++row) {
      insist(!rows_.column(0).text(row).empty(), "every row has a key");
      insist(rows_.column(2).is_missing(row) == (rows_.column(2).number(row) != rows_.column(2).number(row)),
             "a missing number is NaN");
    }
    std::vector<std::string> endings;
    for (std::size_t i = 0; i < raw.records.size(); ++i)
      endings.push_back(ending_of(*decoder_, raw, i, rows_, refused_));
    return endings;
  }

 private:
  std::unique_ptr<Decoder> decoder_;
  RecordBatch rows_;
  std::vector<RefusedRow> refused_;
};

// Whether another parser takes it; nothing where it has an opinion of its own: a number beyond every double,
// a NUL byte as an end.
std::optional<bool> another_accepts(std::string_view bytes) {
  if (bytes.find('\0') != std::string_view::npos) return std::nullopt;
  try {
    (void)nlohmann::json::parse(bytes);
    return true;
  } catch (const nlohmann::json::out_of_range&) {
    return std::nullopt;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

void compare_with_another(const RawBatch& raw, const std::vector<std::string>& endings) {
  for (std::size_t i = 0; i < endings.size(); ++i) {
    const auto accepts = another_accepts(raw.records[i].bytes);
    if (!accepts || endings[i] == "skipped") continue;
    if (endings[i].starts_with("it is not valid "))
      insist(!*accepts, "what is refused as JSON is none");
    else if (!endings[i].starts_with("it is") && !endings[i].starts_with("field "))
      insist(*accepts, "what is read is JSON");
  }
}

}  // namespace
}  // namespace churnstream

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace churnstream;
  set_log_level(LogLevel::error);
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const bool has_root = (data[0] & 1) != 0;

  RecordFraming framing(kRecordBytesMax, Framing::lines);
  framing.add(bytes);
  RawBatch together;
  framing.take(100'000, true, together);
  insist(framing.bytes_waiting() == 0, "no byte stays behind");
  for (std::size_t i = 0; i < together.records.size(); ++i)
    together.records[i].offset = Offset{static_cast<std::int64_t>(i)};
  together.next = Offset{static_cast<std::int64_t>(together.records.size())};
  const std::vector<std::string> endings = Walk(has_root).run(together);
  compare_with_another(together, endings);

  for (std::size_t i = 0; i < together.records.size() && i < 100; ++i) {
    const std::string elsewhere(together.records[i].bytes);  // as long as it is, to the byte
    RawBatch alone;
    alone.records.push_back(together.records[i]);
    alone.records[0].bytes = elsewhere;
    insist(Walk(has_root).run(alone)[0] == endings[i], "a record's ending depends on nothing else");
  }
  return 0;
}
