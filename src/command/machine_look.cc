#include "command/machine_look.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/timex.h>
#include <unistd.h>

#include <charconv>
#include <thread>

#include "command/free_port.h"
#include "command/sink_list.h"
#include "command/source_list.h"
#include "sink/folder_look.h"
#ifdef CHURNSTREAM_HAS_DUCKDB
#include "table/duckdb_table.h"
#endif

namespace churnstream {
namespace {

constexpr rlim_t kFewFiles = 1'024;

template <typename Kinds>
std::string types_of(const Kinds& kinds) {
  std::string text;
  for (const auto& kind : kinds) text += fmt::format("{}{}", text.empty() ? "" : ", ", kind.type);
  return text;
}

void look_at_files_limit(Findings& found) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  if (limit.rlim_cur < kFewFiles)
    found.odd(fmt::format("This process may open {} files.", limit.rlim_cur),
              fmt::format("ulimit -n {} before it starts", kFewFiles));
  else
    found.fine(fmt::format("This process may open {} files.", limit.rlim_cur));
}

void look_at_clock(Findings& found) {
  timex facts{};
  if (::adjtimex(&facts) == TIME_ERROR || (facts.status & STA_UNSYNC) != 0)
    found.odd("Nothing says that the clock is kept in step (NTP).",
              "start chrony or systemd-timesyncd, unless the host keeps the time: retention and late rows go "
              "by it");
  else
    found.fine("The clock is kept in step.");
}

}  // namespace

Findings look_at_program() {
  Findings found;
  found.fine("churnstream " CHURNSTREAM_VERSION ".");
  found.fine(fmt::format("Reads from: {}.", types_of(all_source_kinds())));
  found.fine(fmt::format("Writes to: {}.", types_of(all_sink_kinds())));
  std::string missing;
  for (const std::string& type : sink_types_not_built())
    missing += fmt::format("{}{}", missing.empty() ? "" : ", ", type);
  if (!missing.empty())
    found.odd(fmt::format("This build cannot write to: {}.", missing),
              "build it with those parts where a pipeline needs one");
#ifdef CHURNSTREAM_HAS_DUCKDB
  if (const auto tables = Tables::open(); !tables)
    found.bad(tables.error());
  else
    found.fine("DuckDB is there and starts.");
#endif
  return found;
}

Findings look_at_machine() {
  Findings found;
  const double bytes =
      static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
  found.fine(fmt::format("{} cores, {:.1f} GB of memory.", std::thread::hardware_concurrency(), bytes / 1e9));
  look_at_files_limit(found);
  look_at_folder(std::filesystem::temp_directory_path(), MissingFolder::is_bad, found);
  look_at_clock(found);
  return found;
}

void look_at_port(const std::string& section, const std::string& listen, Findings& found) {
  const std::string_view digits = std::string_view(listen).substr(listen.rfind(':') + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size())
    return found.bad(fmt::format("[{}] listen = \"{}\" has no port.", section, listen),
                     "write it as 127.0.0.1:8080");
  if (port == 0 || is_free_port(port))
    return found.fine(fmt::format("[{}] may listen on {}.", section, listen));
  found.odd(fmt::format("Something listens on {} already, where [{}] would.", listen, section),
            "this pipeline's own run, perhaps; else choose another port");
}

}  // namespace churnstream
