#include "command/source_list.h"

#include "source/file_source.h"
#include "source/stdin_source.h"

namespace churnstream {

const std::vector<SourceKind>& all_source_kinds() {
  static const std::vector<SourceKind> kKinds = {
      {"file", file_source_options, make_file_source, "lines of a file, in order: one partition, so one lane",
       true, false},
      {"stdin", stdin_source_options, make_stdin_source,
       "lines of standard input: one partition, so one lane; what was read cannot be read again after a "
       "crash",
       true, false},
  };
  return kKinds;
}

const SourceKind* find_source_kind(const std::string& type) {
  for (const SourceKind& kind : all_source_kinds())
    if (kind.type == type) return &kind;
  return nullptr;
}

const std::vector<std::string>& source_types_not_built() {
  static const std::vector<std::string> kTypes = {"kafka", "generator"};
  return kTypes;
}

}  // namespace churnstream
