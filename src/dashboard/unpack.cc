#include <zlib.h>

#include "dashboard/page_files.h"

namespace churnstream {

Result<std::string> unpacked(const PageFile& file) {
  std::string plain(file.size, '\0');
  z_stream stream{};
  constexpr int kGzipWindow = 15 + 16;  // zlib's way to say: the largest window, with a gzip header
  if (inflateInit2(&stream, kGzipWindow) != Z_OK)
    return failed("unpacking", file.address, "zlib does not start");
  stream.next_in = const_cast<unsigned char*>(file.gzip.data());  // zlib does not write there
  stream.avail_in = static_cast<uInt>(file.gzip.size());
  stream.next_out = reinterpret_cast<unsigned char*>(plain.data());
  stream.avail_out = static_cast<uInt>(plain.size());
  const int answer = inflate(&stream, Z_FINISH);
  inflateEnd(&stream);
  if (answer != Z_STREAM_END || stream.avail_out != 0)
    return failed("unpacking", file.address, "not the bytes it was made of");
  return plain;
}

}  // namespace churnstream
