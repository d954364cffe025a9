// Names and texts inside TMDL, DAX and M, quoted so that none can be more than a name or a text. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace churnstream {

// As TMDL writes an object's name: in quotes where it is more than a word.
std::string tmdl_name(std::string_view name);
// As TMDL writes the text of a property: in quotes where it would not be read back as it is.
std::string tmdl_value(std::string_view text);
// 'table'[column].
std::string dax_column(std::string_view table, std::string_view column);
// "text".
std::string dax_text(std::string_view text);
// "text", without its escapes taking hold.
std::string m_text(std::string_view text);
// Each line behind `tabs` tabs.
std::string indented(std::string_view text, std::size_t tabs);

}  // namespace churnstream
