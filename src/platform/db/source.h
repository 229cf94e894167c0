#pragma once

// Where connections come from: one file or one server, named by a URL.

#include <memory>
#include <string>

#include "core/result.h"
#include "platform/db/connection.h"

namespace kapok::platform::db {

class Source {
public:
    // Understands the URL; connects nowhere.
    [[nodiscard]] static core::Result<std::unique_ptr<Source>> open(const Options& options);

    virtual ~Source() = default;
    [[nodiscard]] virtual core::Result<std::unique_ptr<Connection>> connect(Access access) = 0;
    [[nodiscard]] virtual Backend backend() const noexcept = 0;
};

}  // namespace kapok::platform::db
