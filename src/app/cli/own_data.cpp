#include "app/cli/own_data.h"

#include <cassert>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include "app/cli/local_commands.h"

namespace kapok::app::cli {

core::Result<void> OwnData::open(const Invocation& invocation) {
    const auto config = config_of(invocation);
    if (!config) {
        return std::unexpected(config.error());
    }
    auto foundation = open_foundation(*config, clock_, random_);
    if (!foundation) {
        return std::unexpected(foundation.error());
    }
    foundation_ = std::make_unique<Foundation>(*std::move(foundation));
    identity::Settings settings;
    settings.suite = foundation_->suite;
    settings.environment = config->text("identity.environment");
    auto identity = identity::Identity::create(*foundation_->database, clock_, random_,
                                               foundation_->master, std::move(settings));
    if (!identity) {
        return std::unexpected(identity.error());
    }
    identity_ = *std::move(identity);
    return {};
}

core::Result<core::Secret> OwnData::make_key(const std::string& user, const std::string& name,
                                             std::optional<std::chrono::seconds> lifetime) {
    const auto person = identity_->act_as(user);
    if (!person) {
        return std::unexpected(person.error());
    }
    if (const auto fresh = identity_->directory().refresh_blocking(); !fresh) {
        return std::unexpected(fresh.error());
    }
    identity::NewKey wanted;
    wanted.organization = person->organization;
    wanted.name = name;
    wanted.role = person->grants.empty() ? core::Role::Consumer : person->grants.front().role;
    wanted.scopes = {"*"};
    if (lifetime) {
        wanted.expires_at = clock_.now() + *lifetime;
    }
    boost::asio::io_context io;
    auto pending = boost::asio::co_spawn(io, identity_->keys().create(*person, std::move(wanted)),
                                         boost::asio::use_future);
    io.run();
    const auto made = pending.get();
    if (!made) {
        return std::unexpected(made.error());
    }
    const std::optional<core::Secret>& text = made->text;
    assert(text.has_value());  // Only a repeated request is answered without it.
    return *text;
}

}  // namespace kapok::app::cli
