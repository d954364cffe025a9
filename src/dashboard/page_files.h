// The live page's own files, compiled into the program (cmake/embed.cmake): no file is looked for at run
// time. They live for the whole program; any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace churnstream {

struct PageFile {
  std::string_view address;       // "/", "/page.css": the only paths that exist
  std::string_view content_type;  // for the header of that name
  std::string_view tag;           // changes when the content does; an ETag is made of it
  std::size_t size = 0;           // unpacked, in bytes
  std::span<const unsigned char> gzip;
  std::string_view
      script;  // SHA-256 of the script and of the style that stand in the page itself, 32 bytes each;
  std::string_view style;  // empty where none does
};

std::span<const PageFile> page_files();

// The plain bytes, for the rare client that does not take gzip.
Result<std::string> unpacked(const PageFile& file);

}  // namespace churnstream
