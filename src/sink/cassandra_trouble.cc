// What an error code of the native protocol means for a write that is idempotent and carries its own
// timestamp: docs/guides/cassandra.md has the table.
#include "sink/cassandra_session.h"

namespace churnstream {
namespace {

enum Code {
  kKeyTooLong = -8,
  kNotTried = -4,
  kBadValue = -3,
  kNoAnswer = -2,
  kNotSent = -1,
  kServerError = 0x0000,
  kProtocolError = 0x000A,
  kBadCredentials = 0x0100,
  kUnavailable = 0x1000,
  kOverloaded = 0x1001,
  kBootstrapping = 0x1002,
  kWriteTimeout = 0x1100,
  kWriteFailure = 0x1500,
  kCdcWriteFailure = 0x1600,
  kSyntaxError = 0x2000,
  kUnauthorized = 0x2100,
  kInvalid = 0x2200,
  kConfigError = 0x2300,
  kUnprepared = 0x2500,
};

}  // namespace

CassandraTrouble CassandraFailure::trouble() const {
  switch (code) {
    case kNotSent:
    case kNotTried:
    case kUnavailable:
    case kOverloaded:
    case kBootstrapping:
    case kUnprepared: return CassandraTrouble::not_done;
    case kKeyTooLong:
    case kInvalid: return CassandraTrouble::row;
    case kServerError:
    case kNoAnswer:
    case kWriteTimeout:
    case kWriteFailure:
    case kCdcWriteFailure: return CassandraTrouble::unknown;
    case kProtocolError:
    case kBadCredentials:
    case kSyntaxError:
    case kUnauthorized:
    case kConfigError: return CassandraTrouble::broken;
    default: break;
  }
  // The door's own: a panic, cells that do not fit. Of codes nobody knows yet, that it may have happened.
  return code < kNoAnswer ? CassandraTrouble::broken : CassandraTrouble::unknown;
}

bool CassandraFailure::is_overload() const {
  return code == kOverloaded || code == kWriteTimeout || code == kNoAnswer;
}

}  // namespace churnstream
