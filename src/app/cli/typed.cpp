#include "app/cli/typed.h"

#include <iostream>

#include <termios.h>
#include <unistd.h>

namespace kapok::app::cli {

std::string ask(std::string_view prompt, bool hidden) {
    termios before{};
    const bool terminal = ::isatty(STDIN_FILENO) != 0 && ::tcgetattr(STDIN_FILENO, &before) == 0;
    if (terminal) {
        std::cerr << prompt << std::flush;
        termios quiet = before;
        quiet.c_lflag &= hidden ? ~static_cast<tcflag_t>(ECHO) : quiet.c_lflag;
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    }
    std::string line;
    std::getline(std::cin, line);
    if (terminal) {
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        std::cerr << (hidden ? "\n" : "");
    }
    return line;
}

}  // namespace kapok::app::cli
