// The program. Everything it can do is a row of the command table.

#include "app/cli/command.h"
#include "app/cli/nouns.h"

int main(int argc, char** argv) {
    return kapok::app::cli::run_program(argc, argv, kapok::app::cli::all_nouns(),
                                        kapok::app::cli::all_commands());
}
