#include "command/stream_decoder.h"

#include <fmt/format.h>

#include "decode/csv_decoder.h"
#include "decode/json_decoder.h"

namespace churnstream {
namespace {

CsvSettings csv_settings(const PipelineFile& file, const CustomerColumns& customer) {
  CsvSettings settings;
  settings.columns = *customer.raw;
  settings.order = customer.order;
  settings.key = customer.key;
  settings.label = customer.label;
  if (file.decode.has("event_time")) settings.event_time = file.decode.text("event_time");
  return settings;
}

Result<std::unique_ptr<Decoder>> make_csv(const PipelineFile& file, const CustomerColumns& customer) {
  return make_csv_decoder(csv_settings(file, customer));
}

Result<std::unique_ptr<Decoder>> make_json(const PipelineFile& file, const CustomerColumns& customer) {
  JsonSettings settings;
  settings.columns = *customer.raw;
  settings.key = customer.key;
  settings.label = customer.label;
  if (file.decode.has("event_time")) settings.event_time = file.decode.text("event_time");
  if (file.decode.has("root")) settings.root = file.decode.text("root");
  if (file.decode.has("paths")) settings.paths = file.decode.text_table("paths");
  auto made = make_json_decoder(std::move(settings));
  if (made) return made;
  // Everything else of [decode] fits by now: what is left are the paths.
  return file.file.point_at("decode", file.decode.has("paths") ? "paths" : "root", made.error().message);
}

const DecoderKind& kind_named(const std::string& format) {
  for (const DecoderKind& kind : all_decoder_kinds())
    if (kind.format == format) return kind;
  return all_decoder_kinds().front();
}

}  // namespace

const std::vector<DecoderKind>& all_decoder_kinds() {
  static const std::vector<DecoderKind> kKinds = {{"csv", "csv", csv_decoder_options, make_csv},
                                                  {"json", "lines", json_decoder_options, make_json}};
  return kKinds;
}

const DecoderKind& decoder_kind_of(const ConfigFile& file) {
  const Result<std::string> format = file.chooser("decode", "format");
  return kind_named(format ? *format : std::string());
}

Options stream_decoder_options(const DecoderKind& kind) {
  Options options = kind.options();
  std::vector<std::string> formats;
  for (const DecoderKind& known : all_decoder_kinds()) formats.push_back(known.format);
  Option& format = options.text("format", "How a record is written.").one_of(std::move(formats));
  if (kind.format == all_decoder_kinds().front().format)
    format.fallback(kind.format);
  else
    format.required();
  options.texts("numbers", "Columns that hold numbers; needed where the model does not say.");
  return options;
}

Result<std::unique_ptr<Decoder>> make_stream_decoder(const PipelineFile& file,
                                                     const CustomerColumns& customer) {
  return kind_named(file.decode.text("format")).make(file, customer);
}

Result<std::unique_ptr<Decoder>> make_request_decoder(const std::string& format, const PipelineFile& file,
                                                      const CustomerColumns& customer) {
  if (format != "csv") return kind_named(format).make(file, customer);
  CsvSettings settings = csv_settings(file, customer);
  settings.tells_unused = false;
  return make_csv_decoder(std::move(settings));
}

}  // namespace churnstream
