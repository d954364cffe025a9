// What the decoders have in common: how a record's bytes become a line, what a blank is, how a number is
// read, how a row is refused. So a value means the same whether it came as CSV or as JSON. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "data/raw_batch.h"
#include "data/refused_row.h"
#include "data/schema.h"

namespace churnstream {

constexpr std::string_view kNotUtf8 = "it is not valid UTF-8";

// Nothing but spaces and tabs, or nothing at all.
bool is_blank(std::string_view text);
// Without the spaces and tabs around it.
std::string_view trimmed(std::string_view text);

// NaN for a blank; nothing where the text is no number.
std::optional<double> number_in(std::string_view text);

// A record's bytes as a line: without the byte order mark of a beginning, and without a line end that a
// message broker left on it.
std::string_view line_of(std::string_view bytes, bool is_first);

// Whether a byte is not the first of its character in UTF-8.
inline bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

// The beginning of a value from outside, for a reason; shown() puts it in quotes.
std::string shown(std::string_view value);
std::string shown_bare(std::string_view value);

// Why the source's own finding refuses this record; null when it found nothing.
const char* flaw_reason(RecordFlaw flaw);
std::string no_key_reason(std::string_view key_column);
std::string no_number_reason(std::string_view column, std::string_view value_shown);
std::string no_time_reason(std::string_view column, std::string_view value_shown);

// A row of stage "decode", with the record's bytes and address.
RefusedRow refused_record(const RawRecord& record, const Partition& partition, std::string reason,
                          std::string_view key);

// `wrong` unless there are columns, the key (empty: none) is one of text, and the label is none of them.
Result<void> check_columns(std::string_view doing, const Schema& columns, std::string_view key,
                           std::string_view label);

}  // namespace churnstream
