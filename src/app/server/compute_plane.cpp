#include "app/server/compute_plane.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "compute/http/routes.h"
#include "identity/http/routes.h"
#include "platform/crypto/certificates.h"
#include "platform/http/url.h"
#include "platform/objects/folder_store.h"

namespace kapok::app {
namespace {

namespace crypto = platform::crypto;
namespace http = platform::http;
namespace objects = platform::objects;

using platform::config::Config;

constexpr std::size_t kObjectThreads = 4;
constexpr std::chrono::hours kListenerCertificate{24 * 398};

core::Result<FirstPrices> first_prices(const Config& config) {
    const auto core_hour = core::parse_money(config.text("compute.core_hour_price"), "CNY");
    const auto card_hour = core::parse_money(config.text("compute.card_hour_price"), "CNY");
    if (!core_hour || !card_hour) {
        return std::unexpected((core_hour ? card_hour : core_hour).error());
    }
    return FirstPrices{*core_hour, *card_hour};
}

// Names that agents may know this server by.
std::vector<std::string> names_of(const Config& config) {
    std::vector<std::string> names{config.text("agents.host")};
    const auto add = [&names](const std::string& name) {
        if (!name.empty() && std::ranges::find(names, name) == names.end()) {
            names.push_back(name);
        }
    };
    if (const auto url = http::parse_url(config.text("agents.url")); url) {
        add(url->host);
    }
    add("127.0.0.1");
    add("localhost");
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) == 0) {
        add(host.data());
    }
    return names;
}

}  // namespace

ComputePlane::ComputePlane(std::unique_ptr<objects::ObjectStore> objects, FirstPrices prices,
                           const core::Clock& clock, core::Random& random)
    : objects_(std::move(objects)), pool_(kObjectThreads), billing_(prices, clock, random) {}

core::Result<std::unique_ptr<ComputePlane>> ComputePlane::create(const ComputeGround& ground,
                                                                 std::string holder) {
    const auto& [config, foundation, identity, clock, random] = ground;
    const auto prices = first_prices(config);
    if (!prices) {
        return std::unexpected(prices.error());
    }
    objects::FolderOptions place;
    place.folder = objects_folder(config, foundation.folder);
    auto store = objects::open_folder_store(place, clock, random);
    if (!store) {
        return std::unexpected(store.error());
    }
    std::unique_ptr<ComputePlane> plane(
        new ComputePlane(*std::move(store), *prices, clock, random));
    compute::Settings settings;
    settings.holder = std::move(holder);
    const auto organizations = [&directory = identity.directory()] { return directory.tree(); };
    plane->compute_ = std::make_unique<compute::Compute>(
        compute::Dependencies{*foundation.database, clock, random, organizations, plane->billing_,
                              *plane->objects_, plane->pool_},
        settings);
    return plane;
}

core::Result<std::unique_ptr<AgentsListener>> AgentsListener::start(const ComputeGround& ground,
                                                                    compute::Compute& compute,
                                                                    Failed failed,
                                                                    Finished finished) {
    const auto& [config, foundation, identity, clock, random] = ground;
    const auto issued =
        identity.authority().issue_server(names_of(config), kListenerCertificate, clock, random);
    if (!issued) {
        return std::unexpected(issued.error());
    }
    auto router = std::make_unique<http::Router>(identity.authorizer(), clock, random);
    router->set_failure_hook(std::move(failed));
    identity::add_agent_routes(*router, identity);
    compute::add_agent_routes(*router, compute);

    std::unique_ptr<AgentsListener> listener(new AgentsListener(config, std::move(router)));
    http::ServerOptions options;
    options.address = config.text("agents.host");
    options.port = static_cast<std::uint16_t>(config.integer("agents.port"));
    options.finished = std::move(finished);
    options.tls = http::ServerTls{.certificate_pem = issued->certificate_pem,
                                  .key_pem = issued->private_key_pem,
                                  .client_certificates = http::ClientCertificates::Optional,
                                  .client_ca_pem = identity.authority().certificate_pem(),
                                  .take_ended_certificates = true};
    auto started = http::Server::start(*listener->router_, clock, std::move(options));
    if (!started) {
        return std::unexpected(started.error());
    }
    listener->server_ = *std::move(started);
    return listener;
}

std::string AgentsListener::url() const {
    const std::string& named = config_.text("agents.url");
    return named.empty()
               ? fmt::format("https://{}:{}", config_.text("agents.host"), server_->port())
               : named;
}

}  // namespace kapok::app
