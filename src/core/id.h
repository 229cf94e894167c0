#pragma once

// Ids are 128 bits, made where a retry must not double, and sorted by the time they were made
// (UUIDv7, RFC 9562 section 5.7). Their text form names what they identify: "job_" and 26 Crockford
// base-32 characters. Order and cursors never use them: a client may have made them.

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/random.h"

namespace kapok::core {

// The bits of an id without what they identify: for storage and for generic code.
struct Uuid {
    std::array<std::uint8_t, 16> bytes{};

    friend constexpr auto operator<=>(const Uuid&, const Uuid&) = default;

    // Milliseconds since 1970 that the maker's clock showed, rounded down.
    [[nodiscard]] Timestamp made_at() const noexcept;
    [[nodiscard]] bool is_zero() const noexcept { return *this == Uuid{}; }
};

// 26 characters, upper case, first one 0 to 7. Nothing else is accepted, so one id has one text.
[[nodiscard]] std::string to_base32(const Uuid& uuid);
[[nodiscard]] std::optional<Uuid> from_base32(std::string_view text);

[[nodiscard]] Uuid make_uuid(const Clock& clock, Random& random);

// One type per kind of thing: `struct JobTag { static constexpr std::string_view kPrefix = "job";
// };`
template <class Tag>
class Id {
public:
    constexpr Id() noexcept = default;  // All zero: no thing has it.
    constexpr explicit Id(Uuid uuid) noexcept : uuid_(uuid) {}

    [[nodiscard]] static Id make(const Clock& clock, Random& random) {
        return Id(make_uuid(clock, random));
    }

    [[nodiscard]] static std::optional<Id> parse(std::string_view text) {
        if (!text.starts_with(Tag::kPrefix) || text.size() <= Tag::kPrefix.size() ||
            text[Tag::kPrefix.size()] != '_') {
            return std::nullopt;
        }
        const auto uuid = from_base32(text.substr(Tag::kPrefix.size() + 1));
        return uuid ? std::optional<Id>(Id(*uuid)) : std::nullopt;
    }

    [[nodiscard]] constexpr const Uuid& uuid() const noexcept { return uuid_; }
    [[nodiscard]] bool is_zero() const noexcept { return uuid_.is_zero(); }
    [[nodiscard]] std::string text() const {
        return std::string(Tag::kPrefix) + "_" + to_base32(uuid_);
    }

    friend constexpr auto operator<=>(const Id&, const Id&) = default;

private:
    Uuid uuid_;
};

// What is known from the id alone: one more than 5 minutes ahead of `now` or 72 hours behind it was
// not made for this request. Agents that replay their journal are excepted by their caller.
[[nodiscard]] bool is_fresh(const Uuid& uuid, Timestamp now) noexcept;

struct OrganizationTag {
    static constexpr std::string_view kPrefix = "org";
};
struct ProjectTag {
    static constexpr std::string_view kPrefix = "prj";
};
struct UserTag {
    static constexpr std::string_view kPrefix = "usr";
};
using OrganizationId = Id<OrganizationTag>;
using ProjectId = Id<ProjectTag>;
using UserId = Id<UserTag>;

}  // namespace kapok::core

template <>
struct std::hash<kapok::core::Uuid> {
    std::size_t operator()(const kapok::core::Uuid& uuid) const noexcept {
        std::uint64_t random = 0;  // The last 8 bytes hold 62 random bits.
        std::memcpy(&random, uuid.bytes.data() + 8, sizeof random);
        return static_cast<std::size_t>(random);
    }
};

template <class Tag>
struct std::hash<kapok::core::Id<Tag>> {
    std::size_t operator()(const kapok::core::Id<Tag>& id) const noexcept {
        return std::hash<kapok::core::Uuid>{}(id.uuid());
    }
};
