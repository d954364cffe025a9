// Any bytes at all as a config file: a value or an error that is `wrong` and says something, never a crash;
// and a secret that is written into the file is never repeated.
#include <cstdint>
#include <string>

#include "base/result.h"
#include "config/config_file.h"

namespace churnstream {
namespace {

constexpr std::string_view kHidden = "hunter2hunter2";

Options run_options() {
  Options options("run", "Everything an option can be.");
  options.integer("rows", "A number.").between(1, 65'536).fallback(4'096);
  options.duration("wait", "A pause.").at_least(0.01).fallback("100ms");
  options.path("path", "A place.").fallback("state");
  options.text("mode", "A choice.").one_of({"fast", "careful"});
  options.number("ratio", "A share.").between(0, 1);
  options.flag("follow", "Or not.");
  options.texts("columns", "Names.");
  options.numbers("weights", "Shares.");
  options.table("missing", "Numbers by name.");
  return options;
}

template <typename T>
void check(const Result<T>& result) {
  if (result) return;
  insist(result.error().kind == ErrorKind::wrong, "a config file is never trouble");
  insist(!result.error().message.empty(), "an error says something");
}

}  // namespace
}  // namespace churnstream

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace churnstream;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto file = ConfigFile::parse(text, "fuzz.toml", "/nowhere");
  check(file);
  if (file) {
    check(file->only({"run", "source", "[[sink]]"}));
    for (std::size_t index = 0; index < file->count("run") && index < 4; ++index) {
      check(file->read("run", run_options(), "type", index));
      check(file->chooser("run", "type", index));
    }
    Options passing("source", "What is not known is passed on.");
    passing.properties("kafka", "What is not ours is passed on.");
    check(file->read("source", passing));
    insist(file->point_at("run", "rows", "it does not fit").value().kind == ErrorKind::wrong, "errors point");
  }

  const std::string with_secret = "[store]\ndsn = \"" + std::string(kHidden) + "\"\n" + std::string(text);
  Options store("store", "With a secret.");
  store.secret("dsn", "Where and who.");
  const auto holding = ConfigFile::parse(with_secret, "fuzz.toml", "/nowhere");
  if (!holding) return 0;
  const auto config = holding->read("store", store);
  insist(!config, "a literal secret is refused");
  insist(text.find(kHidden) != text.npos || config.error().message.find(kHidden) == std::string::npos,
         "a literal secret is not repeated");
  return 0;
}
