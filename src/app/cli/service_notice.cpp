#include "app/cli/service_notice.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <span>

#include <sys/socket.h>
#include <sys/un.h>

#include "platform/process/descriptor.h"

namespace kapok::app::cli {

void tell_service_manager(std::string_view state) {
    const char* named = std::getenv("NOTIFY_SOCKET");
    const std::string_view path = named == nullptr ? "" : named;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() < 2 || path.size() >= sizeof address.sun_path) {
        return;
    }
    const std::span<char> place(address.sun_path);
    std::ranges::copy(path, place.begin());
    if (path.front() == '@') {  // A name that stands in no folder.
        place.front() = '\0';
    }
    const platform::process::Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket) {
        return;
    }
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    static_cast<void>(::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL,
                               reinterpret_cast<const sockaddr*>(&address), size));
}

}  // namespace kapok::app::cli
