// Whether this machine's loopback has a port to spare. Another process may take it a moment later.
#pragma once

namespace churnstream {

bool is_free_port(int port);

}  // namespace churnstream
