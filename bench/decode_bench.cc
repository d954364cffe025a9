// How fast CSV and JSON bytes in memory become typed rows: framing, decoding, both. Bytes per second of one
// core.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>

#include "base/file.h"
#include "base/json_text.h"
#include "decode/csv_decoder.h"
#include "decode/csv_fields.h"
#include "decode/json_decoder.h"
#include "source/record_framing.h"

namespace churnstream {
namespace {

constexpr std::size_t kBytesWanted = 20 << 20;
constexpr std::size_t kPiece = 256 << 10;  // as the file source reads
constexpr std::size_t kBatchRows = 4'096;

const std::string& telco() {
  static const std::string kText = [] {
    const std::string file = read_file(Path(CHURNSTREAM_SOURCE_DIR) / "data" / "telco.csv").value();
    const std::string rows = file.substr(file.find('\n') + 1);
    std::string text = file;
    while (text.size() < kBytesWanted) text += rows;
    return text;
  }();
  return kText;
}

Schema columns_of_telco() {
  RecordFraming framing;
  framing.add(telco().substr(0, kPiece));
  RawBatch first;
  framing.take(1'000, false, first);
  return guess_schema(first, "customerID", "Churn").value();
}

// The same customers as JSON lines: numbers as numbers, everything else as texts.
const std::string& telco_json() {
  static const std::string kText = [] {
    const Schema columns = columns_of_telco();
    const std::string file = read_file(Path(CHURNSTREAM_SOURCE_DIR) / "data" / "telco.csv").value();
    CsvFields fields;
    std::vector<std::string> names;
    std::string rows;
    for (std::size_t begin = 0; begin < file.size();) {
      const std::size_t end = std::min(file.find('\n', begin), file.size());
      fields.split(std::string_view(file).substr(begin, end - begin));
      begin = end + 1;
      if (names.empty()) {
        names.assign(fields.all().begin(), fields.all().end());
        continue;
      }
      for (std::size_t field = 0; field < fields.size(); ++field) {
        rows += field == 0 ? '{' : ',';
        append_json_text(rows, names[field]);
        rows += ':';
        const auto column = columns.find(names[field]);
        const bool is_number = column && columns[*column].type == ColumnType::number;
        if (is_number && fields[field] != " ")
          rows += fields[field];
        else
          append_json_text(rows, fields[field]);
      }
      rows += "}\n";
    }
    std::string text;
    while (text.size() < kBytesWanted) text += rows;
    return text;
  }();
  return kText;
}

std::unique_ptr<Decoder> json_decoder_of_telco() {
  JsonSettings settings;
  settings.columns = columns_of_telco();
  settings.key = "customerID";
  settings.label = "Churn";
  return make_json_decoder(std::move(settings)).value();
}

std::unique_ptr<Decoder> decoder_of_telco() {
  CsvSettings settings;
  settings.columns = columns_of_telco();
  settings.key = "customerID";
  settings.label = "Churn";
  return make_csv_decoder(std::move(settings)).value();
}

// Calls `use` with batch after batch of the whole text.
template <typename Use>
void for_each_batch(std::string_view text, Framing kind, Use use) {
  RecordFraming framing(kRecordBytesMax, kind);
  RawBatch batch;
  std::int64_t offset = 0;
  const auto take_all = [&](bool ended) {
    for (;;) {
      framing.take(kBatchRows, ended, batch);
      if (batch.records.empty()) return;
      for (RawRecord& record : batch.records) record.offset = Offset{offset++};
      batch.next = Offset{offset};
      use(batch);
    }
  };
  for (std::size_t begin = 0; begin < text.size(); begin += kPiece) {
    framing.add(text.substr(begin, kPiece));
    take_all(false);
  }
  take_all(true);
}

void BM_frame(benchmark::State& state) {
  for (auto _ : state)
    for_each_batch(telco(), Framing::csv,
                   [](const RawBatch& batch) { benchmark::DoNotOptimize(batch.records.data()); });
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * telco().size()));
}
BENCHMARK(BM_frame)->Unit(benchmark::kMillisecond);

void frame_and_decode(benchmark::State& state, const std::string& text, Framing framing, Decoder& decoder) {
  RecordBatch rows;
  std::vector<RefusedRow> refused;
  std::int64_t num_rows = 0;
  for (auto _ : state) {
    for_each_batch(text, framing, [&](const RawBatch& batch) {
      SkipCounts skipped;
      decoder.decode(batch, rows, refused, skipped);
      num_rows += static_cast<std::int64_t>(rows.num_rows());
      if (!refused.empty()) state.SkipWithError(refused[0].reason.c_str());
    });
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
  state.SetItemsProcessed(num_rows);
}

void BM_frame_and_decode(benchmark::State& state) {
  frame_and_decode(state, telco(), Framing::csv, *decoder_of_telco());
}
BENCHMARK(BM_frame_and_decode)->Unit(benchmark::kMillisecond);

void BM_frame_and_decode_json(benchmark::State& state) {
  frame_and_decode(state, telco_json(), Framing::lines, *json_decoder_of_telco());
}
BENCHMARK(BM_frame_and_decode_json)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace churnstream

BENCHMARK_MAIN();
