// Past rows are written into a store that streams write, too. Positions are neither read nor moved, so that
// no stream skips or repeats anything; the newest event still wins. src/command/sink_list.cc says which
// stores can.
#pragma once

namespace churnstream {

// What becomes of a row that is there already, the same position being the same row.
enum class RowsThere { stay, replaced };

}  // namespace churnstream
