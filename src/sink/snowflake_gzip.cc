#include "sink/snowflake_gzip.h"

#include <zlib.h>

#include "base/result.h"

namespace churnstream {
namespace {

// Names repeat in every row, so that the fastest level already leaves a twentieth; the next ones cost more
// time than the network gains.
constexpr int kLevel = 1;
constexpr int kGzipWindow = 15 + 16;  // the largest window, in gzip's frame
constexpr int kMemory = 8;

}  // namespace

void Gzip::End::operator()(z_stream_s* stream) const {
  deflateEnd(stream);
  delete stream;
}

Gzip::Gzip() : stream_(new z_stream{}) {
  insist(deflateInit2(stream_.get(), kLevel, Z_DEFLATED, kGzipWindow, kMemory, Z_DEFAULT_STRATEGY) == Z_OK,
         "there is memory to compress with");
}

void Gzip::append(std::string& out, std::string_view bytes) {
  deflateReset(stream_.get());
  const std::size_t begin = out.size();
  out.resize(begin + deflateBound(stream_.get(), bytes.size()));
  stream_->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream_->avail_in = static_cast<uInt>(bytes.size());
  stream_->next_out = reinterpret_cast<Bytef*>(out.data() + begin);
  stream_->avail_out = static_cast<uInt>(out.size() - begin);
  insist(deflate(stream_.get(), Z_FINISH) == Z_STREAM_END, "there is room for all of it");
  out.resize(out.size() - stream_->avail_out);
}

}  // namespace churnstream
