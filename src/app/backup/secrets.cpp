#include "app/backup/secrets.h"

#include <algorithm>
#include <array>
#include <span>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "app/backup/errors.h"
#include "app/backup/limits.h"
#include "compute/json_fields.h"
#include "platform/crypto/encoding.h"
#include "platform/crypto/errors.h"
#include "platform/crypto/master_key.h"
#include "platform/crypto/sealing.h"

namespace kapok::app::backup {
namespace {

namespace crypto = platform::crypto;
namespace json = boost::json;

constexpr std::string_view kPlace = "kapok backup secrets v1";

struct Envelope {
    crypto::Suite suite = crypto::Suite::Intl;
    crypto::PasswordCost cost;
    crypto::Bytes salt;
    crypto::Bytes sealed;
};

Envelope read_envelope(compute::JsonFields& fields) {
    Envelope envelope;
    const auto suite = crypto::parse_suite(fields.text("suite"));
    const std::int64_t passes = fields.integer("passes");
    const std::int64_t memory = fields.integer("memory_bytes");
    const auto salt = crypto::from_base64url(fields.text("salt"));
    const auto sealed = crypto::from_base64url(fields.text("sealed"));
    if (fields.text("key_derivation") != "argon2id" || !suite || !salt || !sealed || passes < 1 ||
        passes > std::int64_t{kPassesMax} || memory < 1 ||
        memory > static_cast<std::int64_t>(kMemoryBytesMax)) {
        fields.blame("", "sealed keys");
        return envelope;
    }
    return {*suite,
            {static_cast<std::uint32_t>(passes), static_cast<std::uint64_t>(memory)},
            *salt,
            *sealed};
}

Secrets read_secrets(compute::JsonFields& fields) {
    Secrets secrets{core::Secret(fields.text("master_key")), {}};
    if (fields.has("settings")) {
        secrets.settings = core::Secret(fields.text("settings"));
    }
    return secrets;
}

}  // namespace

core::Result<core::Secret> check_passphrase(std::string_view typed) {
    const auto letters = std::ranges::count_if(typed, [](char byte) {
        return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;  // No further byte of a letter.
    });
    if (static_cast<std::size_t>(letters) < kPassphraseLettersMin) {
        return core::fail(kBadPassphrase, {{"limit", std::to_string(kPassphraseLettersMin)}});
    }
    return core::Secret(std::string(typed));
}

core::Result<core::Secret> read_passphrase(const std::string& file) {
    const auto content = crypto::read_secret_file(file);
    if (!content) {
        return std::unexpected(content.error());
    }
    std::string_view line = content->reveal();
    line = line.substr(0, line.find('\n'));
    return check_passphrase(line.substr(0, line.find('\r')));
}

core::Result<std::string> seal_secrets(const Secrets& secrets, const core::Secret& passphrase,
                                       crypto::Suite suite, core::Random& random,
                                       const crypto::PasswordCost& cost) {
    std::array<std::byte, crypto::kPassphraseSaltSize> salt;
    random.fill(salt);
    const auto key = crypto::key_of_passphrase(suite, passphrase, cost, salt);
    if (!key) {
        return std::unexpected(key.error());
    }
    json::object plain{{"master_key", secrets.master_key.reveal()}};
    if (const auto& settings = secrets.settings; settings) {
        plain["settings"] = settings->reveal();
    }
    const core::Secret text(json::serialize(plain));
    const auto sealed =
        crypto::seal(*key, crypto::bytes_of(text.reveal()), crypto::bytes_of(kPlace), random);
    return json::serialize(json::object{{"key_derivation", "argon2id"},
                                        {"passes", cost.passes},
                                        {"memory_bytes", cost.memory_bytes},
                                        {"salt", crypto::to_base64url(salt)},
                                        {"suite", crypto::to_text(suite)},
                                        {"sealed", crypto::to_base64url(sealed)}}) +
           "\n";
}

core::Result<Secrets> open_secrets(std::string_view sealed, const core::Secret& passphrase) {
    boost::system::error_code fault;
    const json::value value = json::parse(sealed, fault);
    if (fault) {
        return core::fail(crypto::kCannotOpen);
    }
    const auto envelope = compute::read_document(value, read_envelope);
    if (!envelope) {
        return core::fail(crypto::kCannotOpen);
    }
    const auto key =
        crypto::key_of_passphrase(envelope->suite, passphrase, envelope->cost, envelope->salt);
    if (!key) {
        return std::unexpected(key.error());
    }
    const auto plain =
        crypto::open(std::span(&*key, 1), envelope->sealed, crypto::bytes_of(kPlace));
    if (!plain) {
        return std::unexpected(plain.error());
    }
    const json::value found = json::parse(plain->reveal(), fault);
    return fault ? core::fail(crypto::kCannotOpen) : compute::read_document(found, read_secrets);
}

}  // namespace kapok::app::backup
