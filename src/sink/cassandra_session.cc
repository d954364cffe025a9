#include "sink/cassandra_session.h"

#include <cassandra_door.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace churnstream {
namespace {

cassandra_door_text view(std::string_view text) { return {text.data(), text.size()}; }

void note_failure(void* failures, std::size_t row, std::int32_t code, const char* text, std::size_t size) {
  static_cast<std::vector<CassandraFailure>*>(failures)->push_back({code, std::string(text, size), row});
}

// What ask() gathers while the door answers.
struct Answer {
  CassandraRows rows;
  std::vector<CassandraFailure> failures;
};
void note_cell(void* answer, std::size_t row, std::size_t, const char* bytes, std::int32_t size) {
  CassandraRows& rows = static_cast<Answer*>(answer)->rows;
  if (rows.size() <= row) rows.resize(row + 1);
  rows[row].push_back(size < 0 ? CassandraCell()
                               : CassandraCell(std::string(bytes, static_cast<std::size_t>(size))));
}

class DoorSession : public CassandraSession {
 public:
  explicit DoorSession(cassandra_door_session* session) : session_(session) {}
  ~DoorSession() override { cassandra_door_close(session_); }

  CassandraResult<CassandraRows> ask(const std::string& cql) override {
    Answer answer;
    const auto fail = [](void* into, std::size_t row, std::int32_t code, const char* text, std::size_t size) {
      note_failure(&static_cast<Answer*>(into)->failures, row, code, text, size);
    };
    if (cassandra_door_ask(session_, view(cql), &answer, note_cell, fail) == 0)
      return tl::make_unexpected(answer.failures.front());
    return std::move(answer.rows);
  }

  CassandraResult<std::int64_t> prepare(const std::string& cql) override {
    std::vector<CassandraFailure> failures;
    const std::int64_t statement = cassandra_door_prepare(session_, view(cql), &failures, note_failure);
    if (statement < 0) return tl::make_unexpected(failures.front());
    return statement;
  }

  std::vector<CassandraFailure> write(std::int64_t statement, const CassandraCells& rows,
                                      std::size_t in_flight) override {
    std::vector<CassandraFailure> failures;
    cassandra_door_write(session_, statement, reinterpret_cast<const std::uint8_t*>(rows.all_bytes().data()),
                         rows.row_ends().data(), rows.row_ends().size(), in_flight, &failures, note_failure);
    return failures;
  }

 private:
  cassandra_door_session* session_;
};

}  // namespace

Result<std::unique_ptr<CassandraSession>> open_cassandra(const CassandraSettings& settings) {
  std::vector<cassandra_door_text> nodes;
  for (const std::string& node : settings.nodes) nodes.push_back(view(node));
  cassandra_door_settings door{};
  door.nodes = nodes.data();
  door.node_count = nodes.size();
  door.datacenter = view(settings.local_datacenter);
  door.user = view(settings.user);
  door.password = view(settings.password);
  door.consistency = view(settings.consistency);
  door.compression = view(settings.compression);
  door.tls = settings.tls ? 1 : 0;
  door.ca_file = view(settings.tls_ca);
  door.certificate_file = view(settings.tls_certificate);
  door.key_file = view(settings.tls_key);
  door.connect_ms = static_cast<std::uint32_t>(settings.connect_timeout.count());
  door.request_ms = static_cast<std::uint32_t>(settings.timeout.count());
  std::vector<CassandraFailure> failures;
  if (cassandra_door_session* session = cassandra_door_open(&door, &failures, note_failure))
    return std::make_unique<DoorSession>(session);
  const std::string place = fmt::format("{}", fmt::join(settings.nodes, ", "));
  const CassandraFailure& failure = failures.front();
  if (failure.code == CASSANDRA_DOOR_NOT_SENT || failure.code == CASSANDRA_DOOR_NO_ANSWER)
    return failed("connecting to Cassandra", place, failure.message);
  return wrong("connecting to Cassandra", place, failure.message,
               failure.code == CASSANDRA_DOOR_REFUSED ? "look at user, password and the tls options" : "");
}

}  // namespace churnstream
