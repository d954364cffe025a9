// The decoder that a pipeline.toml asks for: [decode], completed by what is kept with the model. Used while a
// pipeline is put together.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "command/pipeline_build.h"
#include "decode/decoder.h"

namespace churnstream {

// One format of [decode].
struct DecoderKind {
  std::string format;
  std::string framing;  // how its records lie in a file or pipe: source/record_framing.h
  Options (*options)();
  Result<std::unique_ptr<Decoder>> (*make)(const PipelineFile& file, const CustomerColumns& customer);
};
const std::vector<DecoderKind>& all_decoder_kinds();

// Of the format the file names; of csv where it names none. With one that we do not have, reading [decode]
// by these options says so and points at it.
const DecoderKind& decoder_kind_of(const ConfigFile& file);
Options stream_decoder_options(const DecoderKind& kind);

// Needs: file.decode was read.
Result<std::unique_ptr<Decoder>> make_stream_decoder(const PipelineFile& file,
                                                     const CustomerColumns& customer);

// For rows that come in a request, "csv" or "json", whatever the stream's own format: the same columns, key,
// label and event time, and for JSON the same root and paths where the file has some.
Result<std::unique_ptr<Decoder>> make_request_decoder(const std::string& format, const PipelineFile& file,
                                                      const CustomerColumns& customer);

}  // namespace churnstream
