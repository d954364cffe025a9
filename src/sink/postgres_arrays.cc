#include "sink/postgres_arrays.h"

#include <algorithm>
#include <bit>
#include <concepts>
#include <limits>

namespace churnstream {
namespace {

constexpr std::size_t kHeaderBytes = 20;
constexpr std::int64_t kMicrosBefore2000 = 946'684'800'000'000;  // PostgreSQL counts from 2000-01-01

template <std::unsigned_integral Number>
void append_number(std::string& out, Number number) {
  for (int shift = 8 * (static_cast<int>(sizeof(Number)) - 1); shift >= 0; shift -= 8)
    out += static_cast<char>(number >> shift & 0xFF);
}

template <std::unsigned_integral Number>
void put_number(std::string& out, std::size_t place, Number number) {
  for (std::size_t i = 0; i < sizeof(Number); ++i)
    out[place + i] = static_cast<char>(number >> 8 * (sizeof(Number) - 1 - i) & 0xFF);
}

struct AppendElement {
  std::string& out;
  void operator()(std::monostate) const { append_number(out, std::uint32_t{0xFFFFFFFF}); }
  void operator()(std::string_view text) const {
    append_number(out, static_cast<std::uint32_t>(text.size()));
    out += text;
  }
  void operator()(double value) const { append_eight(std::bit_cast<std::uint64_t>(value)); }
  void operator()(bool value) const {
    append_number(out, std::uint32_t{1});
    out += static_cast<char>(value);
  }
  void operator()(std::int64_t value) const { append_eight(static_cast<std::uint64_t>(value)); }
  // The least number means "before all times": a time so early becomes the next one, which is refused.
  void operator()(RecordTime time) const {
    constexpr EpochMicros kLeast = std::numeric_limits<EpochMicros>::min() + kMicrosBefore2000 + 1;
    append_eight(static_cast<std::uint64_t>(std::max(time.us, kLeast) - kMicrosBefore2000));
  }
  void append_eight(std::uint64_t number) const {
    append_number(out, std::uint32_t{8});
    append_number(out, number);
  }
};

}  // namespace

PostgresType postgres_type(RecordKind kind) {
  switch (kind) {
    case RecordKind::number: return {"double precision", 701, 1022};
    case RecordKind::flag: return {"boolean", 16, 1000};
    case RecordKind::integer: return {"bigint", 20, 1016};
    case RecordKind::time: return {"timestamp with time zone", 1184, 1185};
    case RecordKind::text: break;
  }
  return {"text", 25, 1009};
}

void append_postgres_cell(std::string& out, const RecordCell& cell) { std::visit(AppendElement{out}, cell); }

PostgresArray::PostgresArray(RecordKind kind) : type_(postgres_type(kind).id) { clear(); }

void PostgresArray::clear() {
  count_ = 0;
  has_nulls_ = false;
  bytes_.assign(kHeaderBytes, '\0');
}

void PostgresArray::add(const RecordCell& cell) {
  if (count_++ == 0) bytes_.resize(kHeaderBytes);
  has_nulls_ = has_nulls_ || std::holds_alternative<std::monostate>(cell);
  append_postgres_cell(bytes_, cell);
}

const std::string& PostgresArray::bytes() {
  put_number(bytes_, 0, std::uint32_t{count_ == 0 ? 0u : 1u});
  put_number(bytes_, 4, std::uint32_t{has_nulls_});
  put_number(bytes_, 8, type_);
  if (count_ == 0) {
    bytes_.resize(12);
    return bytes_;
  }
  put_number(bytes_, 12, count_);
  put_number(bytes_, 16, std::uint32_t{1});
  return bytes_;
}

}  // namespace churnstream
