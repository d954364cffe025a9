// The command line: finds the verb and runs it. Exit codes: 0 done, 1 failed at run time, 2 wrong input.
#pragma once

namespace churnstream {

int run_program(int argc, char** argv);

}  // namespace churnstream
