// Erases a customer from what lies in files line by line: the file sink's, and the refused file.
#pragma once

#include "base/file.h"
#include "sink/erasure.h"
#include "sink/file_sink.h"

namespace churnstream {

// The file is written anew without the customer's records, in one step. Wrong while a stream writes it,
// unless it is a dry run.
Result<Erasure> forget_in_file(const Path& path, FileFormat format, const ErasureWishes& wishes);

// The same for a refused file: rows that are the customer's, and those whose bytes hold their id as a word,
// since a row that could not be decoded has no key. Trouble while a stream writes it.
Result<Erasure> forget_in_refused_file(const Path& path, const ErasureWishes& wishes);

}  // namespace churnstream
