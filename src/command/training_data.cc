#include "command/training_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "base/sha256.h"
#include "command/evaluation_text.h"
#include "decode/csv_decoder.h"
#include "decode/csv_fields.h"
#include "source/file_source.h"
#include "train/random_split.h"

namespace churnstream {
namespace {

constexpr std::size_t kBatchRows = std::size_t{1} << 20;
constexpr auto kPatience = std::chrono::milliseconds(1'000);

// All records of the file as one batch; the parts keep their bytes alive.
struct WholeFile {
  std::vector<RawBatch> parts;
  RawBatch records;
};

Result<WholeFile> read_whole_file(const Path& path) {
  const std::unique_ptr<Source> source =
      make_file_source(FileSourceSettings{.path = path, .batch_rows = kBatchRows}, system_clock());
  CHURNSTREAM_TRY(source->open({}));
  WholeFile file;
  for (;;) {
    RawBatch part;
    CHURNSTREAM_TRY_ASSIGN(const ReadOutcome outcome, source->read(kPatience, part));
    if (outcome == ReadOutcome::finished) break;
    if (outcome == ReadOutcome::nothing_yet) continue;
    file.records.partition = part.partition;
    file.records.next = part.next;
    file.records.records.insert(file.records.records.end(), part.records.begin(), part.records.end());
    file.parts.push_back(std::move(part));
  }
  source->close();
  return file;
}

std::string fingerprint_of(const RawBatch& records) {
  Sha256 hash;
  for (const RawRecord& record : records.records) {
    hash.add(record.bytes);
    hash.add(std::string_view("\n"));
  }
  return hash.hex();
}

std::string joined(const std::vector<std::string>& names, const char* between) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : between) + name;
  return text;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The file's columns without the label: numbers where the recipe or the model says so, else where all values
// are.
Result<Schema> columns_of(const Recipe& recipe, const Schema& known, const RawBatch& records) {
  CHURNSTREAM_TRY_ASSIGN(const Schema guessed, guess_schema(records, recipe.key, recipe.label));
  std::vector<Field> fields = guessed.fields();
  for (Field& field : fields) {
    if (contains(recipe.plan.columns, field.name) && !contains(recipe.plan.categorical, field.name))
      field.type = ColumnType::number;
    if (const auto column = known.find(field.name)) field.type = known[*column].type;
  }
  return Schema::make(std::move(fields));
}

// Where the label stands among the columns of the header line: randomSplit sorts by them in their order.
Result<std::size_t> place_of_label(const Recipe& recipe, const RawBatch& records) {
  std::string_view header = records.records.empty() ? std::string_view() : records.records[0].bytes;
  if (header.starts_with("\xEF\xBB\xBF")) header.remove_prefix(3);
  CsvFields fields;
  if (fields.split(header) == nullptr)
    for (std::size_t field = 0; field < fields.size(); ++field)
      if (fields[field] == recipe.label) return field;
  return wrong("reading", recipe.data.string(),
               fmt::format("its header line names no column \"{}\" for the label", recipe.label));
}

// What the decoder made of the file.
struct Decoded {
  RecordBatch rows;
  std::vector<std::string> labels;  // empty text: the row has none
};

Result<Decoded> decode_file(const Recipe& recipe, const Schema& columns, const RawBatch& records,
                            TrainingData& data) {
  CsvSettings settings{.columns = columns, .key = recipe.key, .label = recipe.label};
  CHURNSTREAM_TRY_ASSIGN(const std::unique_ptr<Decoder> decoder, make_csv_decoder(std::move(settings)));
  Decoded decoded;
  decoded.rows = RecordBatch(decoder->schema());
  std::vector<RefusedRow> refused;
  SkipCounts skipped;
  decoder->decode(records, decoded.rows, refused, skipped);
  decoded.labels = decoder->labels();
  data.counts.refused = refused.size();
  data.counts.read = decoded.rows.num_rows() + refused.size();
  if (!refused.empty())
    data.first_refusal = fmt::format("record {}: {}", number_of(refused[0].offset), refused[0].reason);
  return decoded;
}

// The columns that tell rows apart: all but the key, the label in its place.
std::vector<const Column*> telling_columns(const RecordBatch& rows, const Column& label,
                                           std::size_t label_place, const std::string& key) {
  std::vector<const Column*> columns;
  for (std::size_t c = 0; c < rows.schema().size(); ++c) {
    if (c == label_place) columns.push_back(&label);
    if (rows.schema()[c].name != key) columns.push_back(&rows.column(c));
  }
  if (label_place >= rows.schema().size()) columns.push_back(&label);
  return columns;
}

Column label_column(const std::vector<std::string>& labels, const std::vector<std::size_t>& rows) {
  Column column(ColumnType::text);
  for (const std::size_t row : rows) column.add_text(labels[row]);
  return column;
}

std::vector<std::size_t> all_rows(std::size_t count) {
  std::vector<std::size_t> rows(count);
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  return rows;
}

// The rows to learn from, as the recipe's [prepare] says; counts the others.
Result<std::vector<std::size_t>> kept_rows(const Recipe& recipe, const Decoded& decoded,
                                           std::size_t label_place, PreparationCounts& counts) {
  const RecordBatch& rows = decoded.rows;
  std::vector<std::size_t> kept = all_rows(rows.num_rows());
  if (recipe.drop_duplicates) {
    const Column label = label_column(decoded.labels, kept);
    kept = distinct_rows(telling_columns(rows, label, label_place, recipe.key), rows.num_rows());
  }
  counts.duplicates = rows.num_rows() - kept.size();
  counts.unlabelled = std::erase_if(kept, [&](std::size_t row) { return decoded.labels[row].empty(); });
  for (const std::string& name : recipe.drop_missing) {
    const auto column = rows.schema().find(name);
    if (!column)
      return wrong("preparing", recipe.data.string(),
                   fmt::format("drop_missing names \"{}\", no column", name));
    counts.missing +=
        std::erase_if(kept, [&](std::size_t row) { return rows.column(*column).is_missing(row); });
  }
  counts.kept = kept.size();
  if (kept.empty()) return wrong("preparing", recipe.data.string(), "no row with a label is left");
  return kept;
}

// By falling frequency, equal ones by text.
std::vector<std::string> classes_of(const std::vector<std::string>& labels,
                                    const std::vector<std::size_t>& rows) {
  std::map<std::string, std::int64_t> counts;
  for (const std::size_t row : rows) ++counts[labels[row]];
  std::vector<std::string> classes;
  classes.reserve(counts.size());
  for (const auto& [label, count] : counts) classes.push_back(label);
  std::stable_sort(classes.begin(), classes.end(),
                   [&](const std::string& a, const std::string& b) { return counts[a] > counts[b]; });
  return classes;
}

Result<std::size_t> class_of(const std::vector<std::string>& classes, const std::string& label,
                             const Recipe& recipe) {
  const auto found = std::find(classes.begin(), classes.end(), label);
  if (found != classes.end()) return static_cast<std::size_t>(found - classes.begin());
  return wrong("preparing", recipe.data.string(),
               fmt::format("\"{}\" is none of the classes: {}", label, joined(classes, ", ")));
}

Result<void> set_labels(const Recipe& recipe, const Decoded& decoded, const std::vector<std::size_t>& kept,
                        const std::vector<std::string>& known, TrainingData& data) {
  constexpr std::size_t kClassesMost = 100;  // Spark's limit; more is a column that is no label
  data.class_labels = known.empty() ? classes_of(decoded.labels, kept) : known;
  if (data.class_labels.size() < 2 || data.class_labels.size() > kClassesMost)
    return wrong("preparing", recipe.data.string(),
                 fmt::format("the label \"{}\" needs 2 to {} different values, and has {}", recipe.label,
                             kClassesMost, data.class_labels.size()));
  CHURNSTREAM_TRY_ASSIGN(data.positive_class, class_of(data.class_labels, recipe.positive, recipe));
  for (const std::size_t row : kept) {
    CHURNSTREAM_TRY_ASSIGN(const std::size_t label, class_of(data.class_labels, decoded.labels[row], recipe));
    data.labels.push_back(static_cast<std::uint32_t>(label));
  }
  return {};
}

}  // namespace

std::vector<std::uint32_t> TrainingData::labels_of(const std::vector<std::size_t>& part) const {
  std::vector<std::uint32_t> taken;
  taken.reserve(part.size());
  for (const std::size_t row : part) taken.push_back(labels[row]);
  return taken;
}

Result<TrainingData> load_training_data(const Recipe& recipe, const KnownModel& model) {
  CHURNSTREAM_TRY_ASSIGN(const WholeFile file, read_whole_file(recipe.data));
  TrainingData data;
  data.fingerprint = fingerprint_of(file.records);
  CHURNSTREAM_TRY_ASSIGN(const Schema columns, columns_of(recipe, model.columns, file.records));
  CHURNSTREAM_TRY_ASSIGN(const std::size_t label_place, place_of_label(recipe, file.records));
  data.label_place = label_place;
  CHURNSTREAM_TRY_ASSIGN(const Decoded decoded, decode_file(recipe, columns, file.records, data));
  CHURNSTREAM_TRY_ASSIGN(const std::vector<std::size_t> kept,
                         kept_rows(recipe, decoded, label_place, data.counts));
  CHURNSTREAM_TRY(set_labels(recipe, decoded, kept, model.class_labels, data));
  data.rows = decoded.rows.take(kept);
  if (!recipe.split) {
    data.parts = {all_rows(kept.size())};
    return data;
  }
  const Column label = label_column(decoded.labels, kept);
  data.parts = random_split(telling_columns(data.rows, label, label_place, recipe.key), kept.size(),
                            recipe.split->weights, recipe.split->seed);
  for (const auto& part : data.parts)
    if (part.empty())
      return wrong("splitting", recipe.data.string(), "a part has no rows",
                   "give more rows or other weights");
  return data;
}

std::string preparation_text(const PreparationCounts& counts, const std::vector<std::string>& drop_missing) {
  std::string left_out;
  const auto add = [&](std::size_t count, const std::string& what) {
    if (count > 0)
      left_out += fmt::format("{}{} {}", left_out.empty() ? "; left out: " : ", ", with_commas(count), what);
  };
  add(counts.refused, "refused");
  add(counts.duplicates, "duplicates");
  add(counts.unlabelled, "without a label");
  add(counts.missing, fmt::format("without {}", joined(drop_missing, " or ")));
  return fmt::format("{} rows read{}; {} kept", with_commas(counts.read), left_out, with_commas(counts.kept));
}

}  // namespace churnstream
