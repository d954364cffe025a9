// Brings the items of one batch (rows, tombstones) to the server until each is written or refused or the way
// is shut: several rounds, since what no node took is sent again for a while. Used by the sink's thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/backoff.h"
#include "sink/cassandra_session.h"

namespace churnstream {

// How the items of one statement stand.
enum class ItemState : std::uint8_t { open, written, refused };

// Why a round of writing ended early.
struct CassandraStop {
  CassandraTrouble trouble = CassandraTrouble::unknown;
  std::string reason;
};

class CassandraWriter {
 public:
  // Needs: the session outlives it. `patience`: how long what no node takes is sent again.
  CassandraWriter(CassandraSession& session, std::size_t in_flight_most, std::chrono::milliseconds patience);

  using Encode = std::function<void(CassandraCells& cells, std::size_t item)>;
  using Refuse = std::function<void(std::size_t item, const std::string& reason)>;
  // Writes the items of `states` that are open. Those that are written say so afterwards, also when it stops.
  std::optional<CassandraStop> write(std::int64_t statement, std::vector<ItemState>& states,
                                     const Encode& encode, const Refuse& refuse);

  std::size_t in_flight() const { return in_flight_; }

 private:
  std::optional<CassandraStop> take(const std::vector<CassandraFailure>& failures,
                                    const std::vector<std::size_t>& sent, std::vector<ItemState>& states,
                                    const Refuse& refuse);
  void adapt(const std::vector<CassandraFailure>& failures);

  CassandraSession& session_;
  const std::size_t in_flight_most_;
  const std::chrono::milliseconds patience_;
  std::size_t in_flight_;
  CassandraCells cells_;  // kept for its memory
  Backoff backoff_;
};

}  // namespace churnstream
