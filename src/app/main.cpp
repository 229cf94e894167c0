// The program. Everything it can do is a row of the command table, but for one thing: as `kapok
// supervise FOLDER` it is the small process that an agent puts over each attempt, which has to be
// without threads and is started by no person.

#include <cstdio>
#include <string_view>

#include "app/cli/command.h"
#include "app/cli/nouns.h"
#include "core/clock.h"
#include "platform/process/supervisor.h"

namespace {

int supervise(const char* folder) {
    const kapok::core::SystemClock clock;
    const auto done = kapok::platform::process::supervise(folder, clock);
    if (!done) {
        const auto text = kapok::core::render(done.error(), kapok::core::Language::En);
        static_cast<void>(std::fprintf(stderr, "%s\n", text.c_str()));
        return kapok::core::exit_code(done.error().code().kind);
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 3 && std::string_view(argv[1]) == "supervise") {
        return supervise(argv[2]);
    }
    return kapok::app::cli::run_program(argc, argv, kapok::app::cli::all_nouns(),
                                        kapok::app::cli::all_commands());
}
