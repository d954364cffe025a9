#include "config/secret.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace churnstream {
namespace {

constexpr std::uint64_t kSecretBytesMax = 64 << 10;  // A key file has a few KiB.

bool is_environment_name(std::string_view name) {
  const auto is_word = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) == 0 &&
         std::all_of(name.begin(), name.end(), is_word);
}

Result<std::string> from_environment(const std::string& name) {
  if (const char* value = std::getenv(name.c_str())) return value;
  return wrong("reading a secret", "", "the environment variable " + name + " is not set");
}

Result<std::string> from_file(const Path& path) {
  Result<std::string> bytes = read_file(path, kSecretBytesMax);
  if (!bytes) return wrong("reading a secret", "", bytes.error().message);
  if (bytes->ends_with('\n')) bytes->pop_back();
  if (bytes->ends_with('\r')) bytes->pop_back();
  return bytes;
}

// NAME of "${NAME}", and PATH of "file:PATH"; else empty.
std::string_view name_in(std::string_view reference) {
  if (!reference.starts_with("${") || !reference.ends_with("}")) return {};
  const std::string_view name = reference.substr(2, reference.size() - 3);
  return is_environment_name(name) ? name : std::string_view();
}

std::string_view path_in(std::string_view reference) {
  constexpr std::string_view kFile = "file:";
  return reference.starts_with(kFile) ? reference.substr(kFile.size()) : std::string_view();
}

}  // namespace

bool is_secret_reference(std::string_view text) { return !name_in(text).empty() || !path_in(text).empty(); }

Result<std::string> resolve_secret(std::string_view reference, const Path& folder) {
  if (const std::string_view name = name_in(reference); !name.empty())
    return from_environment(std::string(name));
  if (const std::string_view path = path_in(reference); !path.empty()) return from_file(folder / Path(path));
  return wrong("reading a secret", "", "it must not stand in this file itself",
               "write \"${ENV_NAME}\" or \"file:PATH\"");
}

bool sounds_secret(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower.ends_with("key.pem")) return true;
  const std::string last = lower.substr(lower.rfind('.') + 1);
  const auto holds = [&](const char* word) { return last.find(word) != std::string::npos; };
  return holds("password") || holds("passphrase") || holds("secret") || last.ends_with("token");
}

}  // namespace churnstream
