#include "platform/db/postgres_values.h"

#include <bit>
#include <cstring>
#include <type_traits>
#include <variant>

#include <fmt/format.h>

#include "platform/db/errors.h"
#include "platform/db/misuse.h"

namespace kapok::platform::db {
namespace {

// From the server's catalogue pg_type; these never change.
constexpr Oid kUnknown = 0;
constexpr Oid kBool = 16;
constexpr Oid kBytea = 17;
constexpr Oid kName = 19;
constexpr Oid kInt8 = 20;
constexpr Oid kInt2 = 21;
constexpr Oid kInt4 = 23;
constexpr Oid kText = 25;
constexpr Oid kFloat8 = 701;
constexpr Oid kVarchar = 1043;
constexpr Oid kUuid = 2950;

constexpr int kBinary = 1;

std::uint64_t from_big_endian(std::string_view bytes) {
    std::uint64_t bits = 0;
    for (const char byte : bytes) {
        bits = bits << 8U | static_cast<unsigned char>(byte);
    }
    return bits;
}

}  // namespace

Parameters::Parameters(std::span<const Value> values) {
    numbers_.reserve(values.size());  // Never grows later: bytes_ points into it.
    bytes_.reserve(values.size());
    sizes_.reserve(values.size());
    formats_.reserve(values.size());
    types_.reserve(values.size());
    const auto add_one = [&](const auto& one) {
        using One = std::remove_cvref_t<decltype(one)>;
        if constexpr (std::is_same_v<One, std::nullptr_t>) {
            add(kUnknown, nullptr, 0);
        } else if constexpr (std::is_same_v<One, std::int64_t>) {
            add_number(kInt8, static_cast<std::uint64_t>(one));
        } else if constexpr (std::is_same_v<One, double>) {
            add_number(kFloat8, std::bit_cast<std::uint64_t>(one));
        } else if constexpr (std::is_same_v<One, std::string>) {
            add(kText, one.data(), one.size());
        } else if constexpr (std::is_same_v<One, core::Uuid>) {
            add(kUuid, reinterpret_cast<const char*>(one.bytes.data()), one.bytes.size());
        } else {
            // A null pointer would mean null instead of nothing.
            add(kBytea, one.empty() ? "" : reinterpret_cast<const char*>(one.data()), one.size());
        }
    };
    for (const Value& value : values) {
        std::visit(add_one, value.variant());
    }
}

void Parameters::add(Oid type, const char* bytes, std::size_t size) {
    types_.push_back(type);
    bytes_.push_back(bytes);
    sizes_.push_back(static_cast<int>(size));
    formats_.push_back(kBinary);
}

void Parameters::add_number(Oid type, std::uint64_t bits) {
    auto& number = numbers_.emplace_back();
    for (auto byte = number.rbegin(); byte != number.rend(); ++byte) {
        *byte = static_cast<char>(bits & 0xFFU);
        bits >>= 8U;
    }
    add(type, number.data(), number.size());
}

std::string type_letters(std::span<const Value> values) {
    constexpr std::string_view kLetters = "nidtub";
    std::string letters;
    for (const Value& value : values) {
        letters += kLetters[value.variant().index()];
    }
    return letters;
}

Oid PostgresRow::type(int column) const {
    if (column < 0 || column >= PQnfields(result_)) {
        stop_misuse("does not exist", column, sql_);
    }
    return PQftype(result_, column);
}

bool PostgresRow::is_null(int column) const {
    static_cast<void>(type(column));
    return PQgetisnull(result_, row_, column) != 0;
}

void PostgresRow::refuse_null(int column) const {
    if (is_null(column)) {
        stop_misuse("is null", column, sql_);
    }
}

std::string_view PostgresRow::value(int column) const {
    return {PQgetvalue(result_, row_, column),
            static_cast<std::size_t>(PQgetlength(result_, row_, column))};
}

std::int64_t PostgresRow::integer(int column) const {
    refuse_null(column);
    const std::uint64_t bits = from_big_endian(value(column));
    switch (type(column)) {
        case kInt8: return static_cast<std::int64_t>(bits);
        case kInt4: return static_cast<std::int32_t>(bits);
        case kInt2: return static_cast<std::int16_t>(bits);
        case kBool: return static_cast<std::int64_t>(bits);
        default: stop_misuse("is not an integer", column, sql_);
    }
}

double PostgresRow::real(int column) const {
    refuse_null(column);
    if (type(column) != kFloat8) {
        stop_misuse("is not a double precision number", column, sql_);
    }
    return std::bit_cast<double>(from_big_endian(value(column)));
}

std::string_view PostgresRow::text(int column) const {
    refuse_null(column);
    const Oid actual = type(column);
    if (actual != kText && actual != kVarchar && actual != kName) {
        stop_misuse("is not text", column, sql_);
    }
    return value(column);
}

std::span<const std::byte> PostgresRow::blob(int column) const {
    refuse_null(column);
    if (type(column) != kBytea && type(column) != kUuid) {
        stop_misuse("is not bytes", column, sql_);
    }
    return std::as_bytes(std::span(value(column)));
}

core::Uuid PostgresRow::uuid(int column) const {
    const auto bytes = blob(column);
    core::Uuid uuid;
    if (bytes.size() != uuid.bytes.size()) {
        stop_misuse("is not an id of 16 bytes", column, sql_);
    }
    std::memcpy(uuid.bytes.data(), bytes.data(), bytes.size());
    return uuid;
}

namespace {

std::string field_of(const PGresult* result, int field) {
    const char* text = PQresultErrorField(result, field);
    return text == nullptr ? "" : text;
}

}  // namespace

core::Error error_of(const PGresult* result, std::chrono::milliseconds limit) {
    const std::string state = field_of(result, PG_DIAG_SQLSTATE);
    std::string detail = field_of(result, PG_DIAG_MESSAGE_PRIMARY);
    if (PQresultStatus(result) == PGRES_EMPTY_QUERY) {
        return {kBadStatement, {{"detail", "it is empty"}}, {}};
    }
    if (state == "23505") {
        return {kDuplicate, {{"what", field_of(result, PG_DIAG_CONSTRAINT_NAME)}}, {}};
    }
    if (state.starts_with("23")) {
        return {kConstraint, {{"what", std::move(detail)}}, {}};
    }
    if (state == "40001" || state == "40P01") {
        return {kConflict, {}, {}};
    }
    if (state == "57014") {
        return {kStatementTimeout, {{"limit", fmt::format("{} ms", limit.count())}}, {}};
    }
    if (state == "53100") {
        return {kDiskFull, {}, {}};
    }
    if (state == "58030") {
        return {kDiskFailed, {{"detail", std::move(detail)}}, {}};
    }
    if (state.empty() || state.starts_with("08") || state.starts_with("57P")) {
        return {kConnectionLost, {{"detail", std::move(detail)}}, {}};
    }
    return {kBadStatement, {{"detail", std::move(detail)}}, {}};
}

bool is_stale_statement(const PGresult* result) {
    const std::string state = field_of(result, PG_DIAG_SQLSTATE);
    return state == "0A000" || state == "26000";
}

}  // namespace kapok::platform::db
