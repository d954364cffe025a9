// Who may see the page, checked before it opens: on this machine everybody who is there; on any other address
// only with a token and TLS, or behind a proxy. Any thread.
#pragma once

#include "base/result.h"
#include "dashboard/gate.h"
#include "dashboard/server.h"

namespace churnstream {

// Sets server.others_may_see where the rules allow it, and adds the listening address to access.hosts. Wrong,
// with a way out, where other machines could see what they should not. Needs: server.tls and access agree.
Result<void> apply_access_rules(ServerSettings& server, AccessSettings& access);

}  // namespace churnstream
