#include "table/library_pages.h"

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

namespace churnstream {
namespace {

int give_back(dl_phdr_info* library, std::size_t, void* wanted) {
  std::string_view file(library->dlpi_name);
  file.remove_prefix(file.rfind('/') + 1);  // npos + 1 is nothing
  if (!file.starts_with(*static_cast<const std::string_view*>(wanted))) return 0;
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (int index = 0; index < library->dlpi_phnum; ++index) {
    const auto& segment = library->dlpi_phdr[index];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    // Whole pages only: the first and the last may be shared with a neighbour that is written.
    const std::uintptr_t begin = (library->dlpi_addr + segment.p_vaddr + page - 1) / page * page;
    const std::uintptr_t end = (library->dlpi_addr + segment.p_vaddr + segment.p_memsz) / page * page;
    if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
  }
  return 0;
}

}  // namespace

void give_back_pages(std::string_view name) { ::dl_iterate_phdr(give_back, &name); }

}  // namespace churnstream
