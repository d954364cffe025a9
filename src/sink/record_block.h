// A run of scored records as bytes, column by column, each as small as its values allow: how the parts of a
// record log (record_log.h) are written and read. Read on this machine only: numbers lie as they do in
// memory. Any thread.
//
//   rows u32, then of each column: form u8, where some rows are null a byte for each, the values
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sink/scored_record.h"
#include "table/duckdb_table.h"

namespace churnstream {

constexpr std::size_t kBlockRowsMax = 4'096;  // a reader holds one block, as views of 16 bytes a cell

// Rows [begin, end) of the batch. Needs: no more than kBlockRowsMax.
void append_block(std::string& out, const ScoredRecord& record, const ScoredBatch& rows, std::size_t begin,
                  std::size_t end);

// How many rows there are; they are in the first columns of `out`, as views into `block`. Wrong when the
// bytes are no block of such columns. Needs: out is as long as columns, or longer.
Result<std::size_t> read_block(std::string_view block, const std::vector<RecordColumn>& columns,
                               std::vector<StreamedColumn>& out);

}  // namespace churnstream
