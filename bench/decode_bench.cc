// How fast CSV bytes in memory become typed rows: framing, decoding, both. Bytes per second of one core.
#include <benchmark/benchmark.h>

#include <string>

#include "base/file.h"
#include "decode/csv_decoder.h"
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

std::unique_ptr<Decoder> decoder_of_telco() {
  RecordFraming framing;
  framing.add(telco().substr(0, kPiece));
  RawBatch first;
  framing.take(1'000, false, first);
  CsvSettings settings;
  settings.columns = guess_schema(first, "customerID", "Churn").value();
  settings.key = "customerID";
  settings.label = "Churn";
  return make_csv_decoder(std::move(settings)).value();
}

// Calls `use` with batch after batch of the whole text.
template <typename Use>
void for_each_batch(Use use) {
  RecordFraming framing;
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
  const std::string_view text = telco();
  for (std::size_t begin = 0; begin < text.size(); begin += kPiece) {
    framing.add(text.substr(begin, kPiece));
    take_all(false);
  }
  take_all(true);
}

void BM_frame(benchmark::State& state) {
  for (auto _ : state)
    for_each_batch([](const RawBatch& batch) { benchmark::DoNotOptimize(batch.records.data()); });
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * telco().size()));
}
BENCHMARK(BM_frame)->Unit(benchmark::kMillisecond);

void BM_frame_and_decode(benchmark::State& state) {
  const auto decoder = decoder_of_telco();
  RecordBatch rows;
  std::vector<RefusedRow> refused;
  std::int64_t num_rows = 0;
  for (auto _ : state) {
    for_each_batch([&](const RawBatch& batch) {
      SkipCounts skipped;
      decoder->decode(batch, rows, refused, skipped);
      num_rows += static_cast<std::int64_t>(rows.num_rows());
      if (!refused.empty()) state.SkipWithError(refused[0].reason.c_str());
    });
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * telco().size()));
  state.SetItemsProcessed(num_rows);
}
BENCHMARK(BM_frame_and_decode)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace churnstream

BENCHMARK_MAIN();
