// The program's front door: command/ does the rest.
#include "command/main_command.h"

int main(int argc, char** argv) { return churnstream::run_program(argc, argv); }
