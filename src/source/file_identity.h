// What a file is, so that another one under the same name is noticed. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace churnstream {

// "device:inode:sha256:count" of an open file; the hash is over its first `count` bytes, at most 4 KiB. Empty
// for what is no regular file.
Result<std::string> file_identity(int descriptor);

// Whether the open file is the one this text was made from, perhaps grown since. True for an empty text.
Result<bool> is_same_file(int descriptor, std::string_view identity);

}  // namespace churnstream
