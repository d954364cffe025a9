#include "base/result.h"

#include <cstdio>
#include <cstdlib>

namespace churnstream {
namespace {

std::string sentence(std::string_view doing, std::string_view object, std::string_view happened,
                     std::string_view hint) {
  std::string text(doing);
  if (!object.empty()) text.append(" ").append(object);
  text.append(": ").append(happened);
  if (!hint.empty()) text.append(" (").append(hint).append(")");
  return text;
}

}  // namespace

tl::unexpected<Error> failed(std::string_view doing, std::string_view object, std::string_view happened,
                             std::string_view hint) {
  return tl::unexpected(Error{sentence(doing, object, happened, hint), ErrorKind::trouble});
}

tl::unexpected<Error> wrong(std::string_view doing, std::string_view object, std::string_view happened,
                            std::string_view hint) {
  return tl::unexpected(Error{sentence(doing, object, happened, hint), ErrorKind::wrong});
}

tl::unexpected<Error> while_doing(std::string_view doing, const Error& error) {
  return tl::unexpected(Error{std::string(doing) + ": " + error.message, error.kind});
}

void insist(bool truth, const char* promise) {
  if (truth) return;
  std::fprintf(stderr, "churnstream: broken promise: %s. This is our mistake; please report it.\n", promise);
  std::abort();
}

}  // namespace churnstream
