#include "sink/cassandra_cells.h"

#include <bit>

namespace churnstream {
namespace {

void append_big_endian(std::string& out, std::uint64_t value, int size) {
  for (int shift = (size - 1) * 8; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
}

struct AppendCell {
  CassandraCells& cells;
  bool missing_is_unset;
  void operator()(std::monostate) const { missing_is_unset ? cells.unset() : cells.null(); }
  void operator()(std::string_view text) const { cells.text(text); }
  void operator()(double value) const { cells.bigint(std::bit_cast<std::int64_t>(value)); }
  void operator()(bool value) const {
    cells.text(value ? std::string_view("\1", 1) : std::string_view("\0", 1));
  }
  void operator()(std::int64_t value) const { cells.bigint(value); }
  void operator()(RecordTime time) const { cells.bigint(cassandra_millis(time.us)); }
};

}  // namespace

std::int64_t cassandra_millis(EpochMicros us) { return us / 1'000 - (us % 1'000 < 0 ? 1 : 0); }

const char* cassandra_type(RecordKind kind) {
  switch (kind) {
    case RecordKind::text: return "text";
    case RecordKind::number: return "double";
    case RecordKind::flag: return "boolean";
    case RecordKind::integer: return "bigint";
    case RecordKind::time: return "timestamp";
  }
  return "";
}

void CassandraCells::clear() {
  bytes_.clear();
  ends_.clear();
}

void CassandraCells::length(std::int32_t size) {
  append_big_endian(bytes_, static_cast<std::uint32_t>(size), 4);
}

void CassandraCells::bytes(std::string_view value) {
  length(static_cast<std::int32_t>(value.size()));
  bytes_ += value;
}

void CassandraCells::bigint(std::int64_t value) {
  length(8);
  append_big_endian(bytes_, static_cast<std::uint64_t>(value), 8);
}

void CassandraCells::integer(std::int32_t value) {
  length(4);
  append_big_endian(bytes_, static_cast<std::uint32_t>(value), 4);
}

void CassandraCells::cell(const RecordCell& cell, bool missing_is_unset) {
  std::visit(AppendCell{*this, missing_is_unset}, cell);
}

std::int64_t CassandraCell::integer() const {
  if (!bytes_ || bytes_->empty() || bytes_->size() > 8) return 0;
  std::uint64_t value = (bytes_->front() & 0x80) != 0 ? ~std::uint64_t{0} : 0;
  for (const char byte : *bytes_) value = value << 8 | static_cast<unsigned char>(byte);
  return static_cast<std::int64_t>(value);
}

double CassandraCell::number() const { return std::bit_cast<double>(integer()); }

}  // namespace churnstream
