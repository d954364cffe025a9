// A door to Cassandra as far as the sink needs it, and what its errors mean. The real one is the Rust driver
// of third_party/cassandra; tests have one that lives in memory. Every call waits until it is done, within
// the time limits of the settings. One thread per object.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "sink/cassandra_cells.h"
#include "sink/cassandra_settings.h"

namespace churnstream {

// What to make of a failure.
enum class CassandraTrouble {
  not_done,  // no node took it: it has not happened, and may later
  unknown,   // it may have happened: no answer, or too few replicas answered in time
  row,       // the server will never take this row
  broken,    // rights, names, protocol: somebody has to act
};

struct CassandraFailure {
  int code = 0;  // of the native protocol (>= 0) or of the door (cassandra_door.h)
  std::string message;
  std::size_t row = 0;  // which row of a write
  CassandraTrouble trouble() const;
  // The cluster has more to do than it can: fewer rows at a time are called for.
  bool is_overload() const;
};
template <typename T>
using CassandraResult = tl::expected<T, CassandraFailure>;

class CassandraSession {
 public:
  virtual ~CassandraSession() = default;

  virtual CassandraResult<CassandraRows> ask(const std::string& cql) = 0;
  // The number of a prepared statement, which must be idempotent.
  virtual CassandraResult<std::int64_t> prepare(const std::string& cql) = 0;
  // Runs a prepared statement once per row, at most `in_flight` at a time, in no order. Gives the rows that
  // were not written.
  virtual std::vector<CassandraFailure> write(std::int64_t statement, const CassandraCells& rows,
                                              std::size_t in_flight) = 0;
};

// Wrong when a node is there and will not have us, or a file cannot be read; trouble otherwise.
using OpenCassandra = std::function<Result<std::unique_ptr<CassandraSession>>(const CassandraSettings&)>;
Result<std::unique_ptr<CassandraSession>> open_cassandra(const CassandraSettings& settings);

}  // namespace churnstream
