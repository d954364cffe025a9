/* A small door to Cassandra: sessions, statements, rows in CQL's own wire form. The Rust library behind it
 * is third_party/cassandra/src. Every call waits until it is done; one thread at a time per session. Text is
 * UTF-8 with a length; pointers given are used during the call only. No panic comes through: it is a failure
 * with the code CASSANDRA_DOOR_PANIC.
 */
#ifndef CASSANDRA_DOOR_H
#define CASSANDRA_DOOR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What went wrong: the server's own error code (>= 0, as in the native protocol), or one of these. */
enum {
  CASSANDRA_DOOR_NOT_SENT = -1,      /* no connection to any node that could take it: nothing was sent */
  CASSANDRA_DOOR_NO_ANSWER = -2,     /* the connection broke or the time ran out: it may have happened */
  CASSANDRA_DOOR_BAD_VALUE = -3,     /* the cells do not fit the statement: our own mistake */
  CASSANDRA_DOOR_NOT_TRIED = -4,     /* another row of the same call has shown that the way is shut */
  CASSANDRA_DOOR_CONFIGURATION = -5, /* a file, an address or a name in the settings */
  CASSANDRA_DOOR_REFUSED = -6,       /* every node has refused us: password, certificate */
  CASSANDRA_DOOR_PANIC = -7,         /* the library's own mistake */
  CASSANDRA_DOOR_KEY_TOO_LONG = -8,  /* a row's partition key has more than 65,535 bytes */
};

typedef struct {
  const char* bytes;
  size_t size;
} cassandra_door_text;

typedef struct {
  const cassandra_door_text* nodes; /* "host:port" */
  size_t node_count;
  cassandra_door_text datacenter;     /* whose nodes are asked; empty: all */
  cassandra_door_text user, password; /* no user: no authentication */
  cassandra_door_text consistency;    /* "LOCAL_QUORUM" ... */
  cassandra_door_text compression;    /* "lz4" or "none" */
  int32_t tls;                        /* the certificate has to name the node's address */
  cassandra_door_text ca_file, certificate_file,
      key_file; /* PEM; empty: the system's authorities; none; none */
  uint32_t connect_ms, request_ms;
} cassandra_door_settings;

typedef struct cassandra_door_session cassandra_door_session;

/* A failure, or a failure of one row. Text lives until the callback returns. */
typedef void (*cassandra_door_on_failure)(void* context, size_t row, int32_t code, const char* text,
                                          size_t size);
/* One cell of an answer: its bytes in wire form; size -1: null. Bytes live until the callback returns. */
typedef void (*cassandra_door_on_cell)(void* context, size_t row, size_t column, const char* bytes,
                                       int32_t size);

/* Connects; null after a failure. */
cassandra_door_session* cassandra_door_open(const cassandra_door_settings* settings, void* context,
                                            cassandra_door_on_failure on_failure);
void cassandra_door_close(cassandra_door_session* session);

/* Runs a statement without parameters; 1 when it succeeded. A change of the schema returns when all nodes
 * agree. */
int32_t cassandra_door_ask(cassandra_door_session* session, cassandra_door_text cql, void* context,
                           cassandra_door_on_cell on_cell, cassandra_door_on_failure on_failure);

/* The number of a prepared statement, or -1. Prepared again by itself when a node has forgotten it. */
int64_t cassandra_door_prepare(cassandra_door_session* session, cassandra_door_text cql, void* context,
                               cassandra_door_on_failure on_failure);

/* Runs a prepared statement, which must be idempotent, once per row with at most `in_flight` at a time.
 * `cells`: rows one behind the other, row i ending at row_ends[i]; each cell as in the protocol (length, -1
 * null, -2 unset, big-endian, then the bytes). Rows go to a replica of theirs. After the first row that no
 * node answers for or takes, no further row is begun. `on_failure` is called for each row that was not
 * written, on the calling thread. */
void cassandra_door_write(cassandra_door_session* session, int64_t statement, const uint8_t* cells,
                          const size_t* row_ends, size_t row_count, size_t in_flight, void* context,
                          cassandra_door_on_failure on_failure);

#ifdef __cplusplus
}
#endif

#endif
