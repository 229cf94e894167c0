#include "compute/agent/files.h"

#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <sys/stat.h>

#include "compute/errors.h"
#include "compute/json_fields.h"
#include "platform/crypto/certificates.h"
#include "platform/process/files.h"

namespace kapok::compute::agent {

namespace process = platform::process;

namespace {

constexpr std::string_view kNodeFile = "node.json";
constexpr std::size_t kFileBytesMax = 65'536;

core::Result<boost::json::value> read_json(const std::filesystem::path& path) {
    const auto text = process::read_text(path, kFileBytesMax);
    if (!text) {
        return std::unexpected(text.error());
    }
    boost::system::error_code code;
    auto value = boost::json::parse(*text, code);
    if (code) {
        return core::fail(kBadDocument, {{"field", path.string()}, {"expected", "JSON"}});
    }
    return value;
}

struct NodeFile {
    NodeId node;
    core::Secret key_pem;
};

core::Result<NodeFile> make_node(const std::filesystem::path& folder, const core::Clock& clock,
                                 core::Random& random) {
    const auto key = platform::crypto::PrivateKey::make(platform::crypto::Suite::Intl, random);
    NodeFile made{NodeId::make(clock, random), key.pem()};
    const boost::json::object object{{"node", made.node.text()}, {"key", made.key_pem.reveal()}};
    const auto written = process::write_durably(folder, kNodeFile, boost::json::serialize(object));
    return written ? core::Result<NodeFile>(made) : std::unexpected(written.error());
}

}  // namespace

core::Result<AgentFiles> AgentFiles::open(std::filesystem::path folder, const core::Clock& clock,
                                          core::Random& random) {
    std::error_code code;
    std::filesystem::create_directories(folder / "attempts", code);
    if (code || ::chmod(folder.c_str(), S_IRWXU) != 0) {
        return core::fail(kAgentFolder, {{"folder", folder.string()}, {"why", code.message()}});
    }
    core::Result<NodeFile> file;
    if (std::filesystem::exists(folder / kNodeFile)) {
        const auto value = read_json(folder / kNodeFile);
        if (!value) {
            return std::unexpected(value.error());
        }
        file = read_document(*value, [](JsonFields& fields) {
            return NodeFile{fields.id<NodeId>("node"), core::Secret(fields.text("key"))};
        });
    } else {
        file = make_node(folder, clock, random);
    }
    if (!file) {
        return std::unexpected(file.error());
    }
    auto key = platform::crypto::PrivateKey::from_pem(file->key_pem);
    if (!key) {
        return std::unexpected(key.error());
    }
    AgentFiles files(std::move(folder), file->node, *std::move(key));
    const auto loaded = files.load_membership();
    return loaded ? core::Result<AgentFiles>(std::move(files)) : std::unexpected(loaded.error());
}

core::Result<void> AgentFiles::load_membership() {
    if (!std::filesystem::exists(folder_ / kMembershipFile)) {
        return {};
    }
    const auto value = read_json(folder_ / kMembershipFile);
    if (!value) {
        return std::unexpected(value.error());
    }
    auto read = read_document(*value, [](JsonFields& fields) {
        return Membership{fields.text("certificate"), core::Secret(fields.text("key")),
                          fields.text("authority")};
    });
    if (!read) {
        return std::unexpected(read.error());
    }
    membership_ = *std::move(read);
    return {};
}

std::optional<core::Timestamp> AgentFiles::ends_at() const {
    if (!membership_) {
        return std::nullopt;
    }
    const auto certificate = platform::crypto::parse_certificate(membership_->certificate_pem);
    return certificate ? std::optional(certificate->not_after) : std::nullopt;
}

core::Result<void> AgentFiles::save(Membership membership) {
    const boost::json::object object{{"certificate", membership.certificate_pem},
                                     {"key", membership.key_pem.reveal()},
                                     {"authority", membership.authority_pem}};
    auto written = process::write_durably(folder_, kMembershipFile, boost::json::serialize(object));
    if (written) {
        membership_ = std::move(membership);
    }
    return written;
}

}  // namespace kapok::compute::agent
