#include "command/main_command.h"

namespace churnstream {
int run_program(int, char**) { return 0; }
}  // namespace churnstream
