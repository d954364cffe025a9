// How anything that may fail answers. Used in every room; an Error is a plain value, safe to hand between
// threads.
//
// A message is one sentence a person can act on: what we were doing, to what, what happened, what to try.
//   opening sink "scores": the table has other columns (try --recreate): churn_scores
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace churnstream {

// Says who has to act, and so which exit code the program ends with (design: 1 run time, 2 wrong input).
enum class ErrorKind {
  trouble,  // outside of us and perhaps passing: a file system, a network, a store. Exit 1.
  wrong,    // a command line, a config file or a model is wrong; nothing was started. Exit 2.
};

struct Error {
  std::string message;
  ErrorKind kind = ErrorKind::trouble;
};

template <typename T>
using Result = tl::expected<T, Error>;

// An Error from its parts: "doing what: happened: object". `hint` is what to try, put in parentheses; may be
// empty.
tl::unexpected<Error> failed(std::string_view doing, std::string_view object, std::string_view happened,
                             std::string_view hint = {});

// The same for input that is wrong: the program ends with exit code 2.
tl::unexpected<Error> wrong(std::string_view doing, std::string_view object, std::string_view happened,
                            std::string_view hint = {});

// Passes an error on, with what we were doing in front of it. Keeps the kind.
tl::unexpected<Error> while_doing(std::string_view doing, const Error& error);

// Our own mistakes stop the program loudly, in every build. Needs: `truth` holds whatever the input was.
void insist(bool truth, const char* promise);

}  // namespace churnstream

// Passes an error of `expression` up; otherwise goes on. For Result<void>.
#define CHURNSTREAM_TRY(expression)                                         \
  do {                                                                      \
    if (auto churnstream_outcome = (expression); !churnstream_outcome)      \
      return ::tl::make_unexpected(std::move(churnstream_outcome).error()); \
  } while (false)

// Declares `declaration` with the value of `expression`, or passes its error up.
#define CHURNSTREAM_TRY_ASSIGN(declaration, expression) \
  CHURNSTREAM_TRY_ASSIGN_AS(CHURNSTREAM_JOIN(churnstream_result_, __LINE__), declaration, expression)
#define CHURNSTREAM_TRY_ASSIGN_AS(name, declaration, expression)    \
  auto name = (expression);                                         \
  if (!name) return ::tl::make_unexpected(std::move(name).error()); \
  declaration = std::move(*name)
#define CHURNSTREAM_JOIN(left, right) CHURNSTREAM_JOIN_NOW(left, right)
#define CHURNSTREAM_JOIN_NOW(left, right) left##right
