// Secrets live in the environment or in files of their own, never in a config file. They are resolved here;
// no message made here holds one. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"

namespace churnstream {

// What "${ENV_NAME}" or "file:PATH" stands for (PATH relative to `folder`; one line end at its end is not
// part of it). The Error's message is only what is wrong, for the caller to put a place in front of; it never
// repeats `reference`, which may be the secret itself, written where it does not belong.
Result<std::string> resolve_secret(std::string_view reference, const Path& folder);

// Whether a text is such a reference, whatever is behind it.
bool is_secret_reference(std::string_view text);

// Whether an option that nobody declared (a property of a client library) holds a secret, going by its last
// word: sasl.password, ssl.key.pem, client_secret.
bool sounds_secret(std::string_view name);

}  // namespace churnstream
