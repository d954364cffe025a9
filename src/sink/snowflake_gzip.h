// Bytes made smaller for the way (RFC 1952). One object per thread; it keeps its memory.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct z_stream_s;

namespace churnstream {

class Gzip {
 public:
  Gzip();
  // Appends the compressed form of `bytes`, a whole gzip member, to `out`.
  void append(std::string& out, std::string_view bytes);

 private:
  struct End {
    void operator()(z_stream_s* stream) const;
  };
  std::unique_ptr<z_stream_s, End> stream_;
};

}  // namespace churnstream
