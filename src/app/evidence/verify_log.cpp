#include "app/evidence/verify_log.h"

#include <cstdint>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "app/evidence/errors.h"
#include "audit/checkpoint.h"
#include "audit/event_log.h"
#include "audit/merkle.h"

namespace kapok::app::evidence {
namespace {

namespace crypto = platform::crypto;
namespace json = boost::json;

// The checkpoint in a note that nobody else has signed: other lines would be unsigned bytes to us.
core::Result<audit::Checkpoint> read_note(std::string_view note, const Header& header,
                                          const crypto::PublicKey& key) {
    auto checkpoint = audit::verify_checkpoint(note, key);
    if (!checkpoint) {
        return checkpoint;
    }
    if (audit::signature_count(note) != 1) {
        return core::fail(kUnexplained, {{"subject", "a second signature"}});
    }
    if (checkpoint->origin != header.origin) {
        return core::fail(kDiffers, {{"subject", "checkpoint"},
                                     {"field", "origin"},
                                     {"actual", checkpoint->origin},
                                     {"expected", header.origin}});
    }
    return checkpoint;
}

std::int64_t sequence_of(std::string_view body) {
    boost::system::error_code fault;
    const json::value event = json::parse(body, fault);
    const auto* object = fault ? nullptr : event.if_object();
    const auto* sequence = object == nullptr ? nullptr : object->if_contains("sequence");
    return sequence != nullptr && sequence->is_int64() ? sequence->get_int64() : 0;
}

core::Result<void> check_event(const ProvenEvent& proven, std::int64_t sequence,
                               std::int64_t before, const audit::TreeHead& head,
                               crypto::Suite suite) {
    const auto leaf = audit::leaf_hash(suite, crypto::bytes_of(proven.body));
    if (sequence <= before || static_cast<std::uint64_t>(sequence) > head.size ||
        !audit::verify_inclusion(suite, leaf, audit::leaf_index(sequence), head, proven.hashes)) {
        return core::fail(kNotIncluded, {{"sequence", std::to_string(sequence)}});
    }
    return {};
}

}  // namespace

Check check_checkpoint(const Bundle& bundle, const crypto::PublicKey& key) {
    Check check{.name = CheckName::Checkpoint};
    const auto checkpoint = read_note(bundle.log.checkpoint, bundle.header, key);
    check.judge(checkpoint ? core::Result<void>() : std::unexpected(checkpoint.error()));
    return check;
}

Check check_consistency(const Bundle& bundle, const crypto::PublicKey& key) {
    Check check{.name = CheckName::Consistency};
    if (!bundle.log.earlier) {
        return check;
    }
    const auto from = read_note(bundle.log.earlier->note, bundle.header, key);
    const auto to = read_note(bundle.log.checkpoint, bundle.header, key);
    if (!from || !to) {
        check.judge(std::unexpected(from ? to.error() : from.error()));
        return check;
    }
    const bool goes_on =
        from->head.size <= to->head.size && from->made_at <= to->made_at &&
        audit::verify_consistency(key.suite(), from->head, to->head, bundle.log.earlier->hashes);
    check.judge(goes_on
                    ? core::Result<void>()
                    : core::fail(kDiffers, {{"subject", "checkpoint"},
                                            {"field", "root"},
                                            {"actual", audit::to_base64(to->head.root)},
                                            {"expected", "one that the earlier log leads to"}}));
    return check;
}

Check check_inclusion(const Bundle& bundle, const crypto::PublicKey& key) {
    Check check{.name = CheckName::Inclusion};
    const auto checkpoint = read_note(bundle.log.checkpoint, bundle.header, key);
    if (!checkpoint) {
        check.blame(checkpoint.error());
        return check;
    }
    std::int64_t before = 0;
    for (const ProvenEvent& proven : bundle.log.events) {
        const std::int64_t sequence = sequence_of(proven.body);
        check.judge(check_event(proven, sequence, before, checkpoint->head, key.suite()));
        before = sequence;
    }
    return check;
}

}  // namespace kapok::app::evidence
