// The decoder that a pipeline.toml asks for: [decode], completed by what is kept with the model. Used while a
// pipeline is put together.
#pragma once

#include <memory>

#include "command/pipeline_build.h"
#include "decode/decoder.h"

namespace churnstream {

Options stream_decoder_options();
// Wrong for a format that this version does not have.
Result<void> check_stream_format(const ConfigFile& file);
Result<std::unique_ptr<Decoder>> make_stream_decoder(const PipelineFile& file,
                                                     const CustomerColumns& customer);

}  // namespace churnstream
