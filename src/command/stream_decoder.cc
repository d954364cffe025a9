#include "command/stream_decoder.h"

#include "decode/csv_decoder.h"

namespace churnstream {

Options stream_decoder_options() {
  Options options = csv_decoder_options();
  options.texts("numbers", "Columns that hold numbers; needed where the model does not say.");
  return options;
}

Result<void> check_stream_format(const ConfigFile& file) {
  if (!file.has("decode")) return {};
  const Result<std::string> format = file.chooser("decode", "format");
  if (!format || *format == "csv")
    return {};  // Left out it is csv; a wrong kind is found when the section is read.
  return file.point_at("decode", "format",
                       *format == "json" ? "\"json\" is not built in this version; it has csv"
                                         : "there is no such format; this version has csv");
}

Result<std::unique_ptr<Decoder>> make_stream_decoder(const PipelineFile& file,
                                                     const CustomerColumns& customer) {
  CsvSettings settings;
  settings.columns = *customer.raw;
  settings.order = customer.order;
  settings.key = customer.key;
  settings.label = customer.label;
  if (file.decode.has("event_time")) settings.event_time = file.decode.text("event_time");
  return make_csv_decoder(std::move(settings));
}

}  // namespace churnstream
