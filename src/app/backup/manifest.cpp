#include "app/backup/manifest.h"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "app/backup/errors.h"
#include "app/backup/limits.h"
#include "compute/json_fields.h"
#include "core/timestamp.h"
#include "platform/crypto/encoding.h"

namespace kapok::app::backup {
namespace {

namespace crypto = platform::crypto;
namespace db = platform::db;
namespace json = boost::json;

using compute::JsonFields;

constexpr std::string_view kLabel = "kapok backup v1\n";
constexpr std::array<std::string_view, 2> kBackends{"sqlite", "postgres"};
constexpr std::array<std::string_view, 3> kMetaMembers{kSumsMember, kManifestMember,
                                                       kSignatureMember};

json::array tables_json(const std::vector<db::CopiedTable>& tables) {
    json::array all;
    for (const db::CopiedTable& table : tables) {
        all.push_back(
            json::object{{"name", table.name},
                         {"columns", json::array(table.columns.begin(), table.columns.end())}});
    }
    return all;
}

json::array sequences_json(const std::vector<db::CopiedSequence>& sequences) {
    json::array all;
    for (const db::CopiedSequence& one : sequences) {
        all.push_back(
            json::object{{"table", one.table}, {"column", one.column}, {"next", one.next}});
    }
    return all;
}

json::object schema_json(const db::Schema& schema) {
    json::object all;
    for (const auto& [module, number] : schema) {
        all[module] = number;
    }
    return all;
}

db::Schema read_schema(JsonFields& fields) {
    db::Schema schema;
    for (const auto& item : fields.object("schema")) {
        const auto* number = item.value().if_int64();
        if (number == nullptr || *number < 1 || *number > 1'000'000) {
            fields.blame("schema", "numbers of migrations");
            break;
        }
        schema.emplace(item.key(), static_cast<int>(*number));
    }
    return schema;
}

db::CopiedTable read_table(JsonFields& fields) {
    db::CopiedTable table{fields.text("name"), fields.texts("columns")};
    if (table.name.find_first_of("/\0") != std::string::npos || table.name.starts_with('.')) {
        fields.blame("name", "the name of a table");
    }
    return table;
}

Manifest read_fields(JsonFields& fields) {
    Manifest manifest;
    if (fields.text("format") != kFormat) {
        fields.blame("format", kFormat);
    }
    manifest.program = fields.text("program");
    manifest.made_at = core::parse_rfc3339(fields.text("made_at")).value_or(core::Timestamp{});
    const auto backend = std::ranges::find(kBackends, fields.text("database"));
    if (backend == kBackends.end()) {
        fields.blame("database", "sqlite or postgres");
    }
    manifest.backend = backend == kBackends.begin() ? db::Backend::Sqlite : db::Backend::Postgres;
    manifest.schema = read_schema(fields);
    manifest.tables.tables = fields.objects("tables", read_table);
    manifest.tables.sequences = fields.objects("sequences", [](JsonFields& one) {
        return db::CopiedSequence{one.text("table"), one.text("column"), one.integer("next")};
    });
    manifest.keys = fields.text("keys");
    if (manifest.keys != "sealed" && manifest.keys != "clear" && manifest.keys != "absent") {
        fields.blame("keys", "sealed, clear or absent");
    }
    manifest.signer = fields.text("signer");
    manifest.objects = fields.integer("objects");
    manifest.proof = fields.object("proof");
    manifest.sums_sha256 = fields.text("sha256sums");
    return manifest;
}

core::Result<std::string> text_of(const ArchiveReader& archive, std::string_view name,
                                  std::size_t bytes_max) {
    const Member* member = archive.find(name);
    if (member == nullptr) {
        return archive.damaged("there is no " + std::string(name));
    }
    return archive.read_text(*member, bytes_max);
}

core::Result<void> check_signature(const ArchiveReader& archive, std::string_view manifest,
                                   const std::string& signer) {
    const auto text = text_of(archive, kSignatureMember, kSmallMemberBytesMax);
    if (!text) {
        return std::unexpected(text.error());
    }
    const auto key = crypto::PublicKey::parse(signer);
    const auto signature =
        crypto::from_base64url(std::string_view(*text).substr(0, text->find('\n')));
    const std::string message = std::string(kLabel) + std::string(manifest);
    if (!key || !signature || !key->verify(crypto::bytes_of(message), *signature)) {
        return archive.damaged("the signature under the manifest");
    }
    return {};
}

}  // namespace

json::object to_json(const Manifest& manifest) {
    return {
        {"format", kFormat},
        {"program", manifest.program},
        {"made_at", core::to_rfc3339(manifest.made_at)},
        {"database", kBackends.at(static_cast<std::size_t>(std::to_underlying(manifest.backend)))},
        {"schema", schema_json(manifest.schema)},
        {"tables", tables_json(manifest.tables.tables)},
        {"sequences", sequences_json(manifest.tables.sequences)},
        {"keys", manifest.keys},
        {"signer", manifest.signer},
        {"objects", manifest.objects},
        {"proof", manifest.proof},
        {"sha256sums", manifest.sums_sha256}};
}

core::Result<Manifest> parse_manifest(std::string_view text) {
    boost::system::error_code fault;
    const json::value value = json::parse(text, fault);
    if (fault) {
        return core::fail(compute::kBadDocument, {{"field", ""}, {"expected", "JSON"}});
    }
    return compute::read_document(value, read_fields);
}

core::Result<void> add_manifest(ArchiveWriter& archive, Manifest& manifest,
                                const crypto::PrivateKey& signer) {
    const std::string sums = archive.sums();
    manifest.signer = signer.public_key().text();
    manifest.sums_sha256 =
        crypto::to_hex(crypto::hash(crypto::Suite::Intl, crypto::bytes_of(sums)));
    const std::string text = json::serialize(to_json(manifest)) + "\n";
    const auto signature = signer.sign(crypto::bytes_of(std::string(kLabel) + text));
    auto done = archive.add(kSumsMember, sums);
    done = done ? archive.add(kManifestMember, text) : done;
    return done ? archive.add(kSignatureMember, crypto::to_base64url(signature) + "\n") : done;
}

core::Result<Manifest> read_manifest(const ArchiveReader& archive) {
    const auto text = text_of(archive, kManifestMember, kSmallMemberBytesMax);
    if (!text) {
        return std::unexpected(text.error());
    }
    auto manifest = parse_manifest(*text);
    if (!manifest) {
        return archive.damaged(core::render(manifest.error(), core::Language::En));
    }
    if (const auto good = check_signature(archive, *text, manifest->signer); !good) {
        return std::unexpected(good.error());
    }
    return manifest;
}

core::Result<std::map<std::string, std::string, std::less<>>> read_sums(
    const ArchiveReader& archive, const Manifest& manifest) {
    const auto text = text_of(archive, kSumsMember, kSumsBytesMax);
    if (!text) {
        return std::unexpected(text.error());
    }
    if (crypto::to_hex(crypto::hash(crypto::Suite::Intl, crypto::bytes_of(*text))) !=
        manifest.sums_sha256) {
        return archive.damaged(std::string(kSumsMember));
    }
    constexpr std::size_t kNameAt = 66;  // Behind 64 digits and two spaces.
    std::map<std::string, std::string, std::less<>> sums;
    for (std::string_view left = *text; !left.empty();) {
        const std::string_view line = left.substr(0, left.find('\n'));
        if (line.size() <= kNameAt) {
            return archive.damaged(std::string(kSumsMember));
        }
        sums.emplace(line.substr(kNameAt), line.substr(0, 64));
        left.remove_prefix(std::min(line.size() + 1, left.size()));
    }
    std::size_t known = 0;
    for (const Member& member : archive.members()) {
        const bool meta = std::ranges::find(kMetaMembers, member.name) != kMetaMembers.end();
        if (!meta && !sums.contains(member.name)) {
            return archive.damaged(member.name + " has no checksum");
        }
        known += meta ? 0 : 1;
    }
    if (known != sums.size()) {  // Also if a name stands there twice.
        return archive.damaged("members are missing");
    }
    return sums;
}

}  // namespace kapok::app::backup
