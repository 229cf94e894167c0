#pragma once

// What an agent keeps about itself in its folder, which only it can enter: the node's id and
// signing key, made once, and the certificate that it got when it joined.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "compute/ids.h"
#include "core/clock.h"
#include "core/random.h"
#include "core/result.h"
#include "core/secret.h"
#include "platform/crypto/keys.h"

namespace kapok::compute::agent {

inline constexpr std::string_view kMembershipFile = "membership.json";

struct Membership {
    std::string certificate_pem;
    core::Secret key_pem;
    std::string authority_pem;  // By which the agent knows the platform.
};

class AgentFiles {
public:
    // Makes what is missing.
    [[nodiscard]] static core::Result<AgentFiles> open(std::filesystem::path folder,
                                                       const core::Clock& clock,
                                                       core::Random& random);

    [[nodiscard]] NodeId node() const noexcept { return node_; }
    [[nodiscard]] const platform::crypto::PrivateKey& key() const noexcept { return key_; }
    [[nodiscard]] const std::optional<Membership>& membership() const noexcept {
        return membership_;
    }
    // Durable when it returns.
    // When its certificate ends; nothing before it has joined.
    [[nodiscard]] std::optional<core::Timestamp> ends_at() const;
    [[nodiscard]] core::Result<void> save(Membership membership);

    [[nodiscard]] std::filesystem::path attempts() const { return folder_ / "attempts"; }
    [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }

private:
    AgentFiles(std::filesystem::path folder, NodeId node, platform::crypto::PrivateKey key)
        : folder_(std::move(folder)), node_(node), key_(std::move(key)) {}

    [[nodiscard]] core::Result<void> load_membership();

    std::filesystem::path folder_;
    NodeId node_;
    platform::crypto::PrivateKey key_;
    std::optional<Membership> membership_;
};

}  // namespace kapok::compute::agent
