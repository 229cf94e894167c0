#pragma once

// Tells the service manager that started the program (systemd, Type=notify) how far it is.

#include <string_view>

namespace kapok::app::cli {

// "READY=1", "STOPPING=1". Without a service manager, or if it does not listen, nothing happens.
void tell_service_manager(std::string_view state);

}  // namespace kapok::app::cli
