// What a look at this program and this machine finds, for doctor. Changes nothing; any thread.
#pragma once

#include <string>

#include "data/finding.h"

namespace churnstream {

// Its version, the parts that this build has, and whether they start.
Findings look_at_program();
// Cores, memory, open files, temporary folder, clock.
Findings look_at_machine();
// Whether a section's "HOST:PORT" on this machine is free to listen on.
void look_at_port(const std::string& section, const std::string& listen, Findings& found);

}  // namespace churnstream
