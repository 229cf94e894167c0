#pragma once

// Values, rows and errors in libpq's forms: everything travels in binary.

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <libpq-fe.h>

#include "core/result.h"
#include "platform/db/database.h"

namespace kapok::platform::db {

struct ClearResult {
    void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using ResultHandle = std::unique_ptr<PGresult, ClearResult>;

// A statement's parameters as libpq wants them. Refers to the values it was made from.
class Parameters {
public:
    explicit Parameters(std::span<const Value> values);
    Parameters(const Parameters&) = delete;
    Parameters& operator=(const Parameters&) = delete;

    [[nodiscard]] int count() const noexcept { return static_cast<int>(bytes_.size()); }
    [[nodiscard]] const char* const* bytes() const noexcept { return bytes_.data(); }
    [[nodiscard]] const int* sizes() const noexcept { return sizes_.data(); }
    [[nodiscard]] const int* formats() const noexcept { return formats_.data(); }
    [[nodiscard]] const Oid* types() const noexcept { return types_.data(); }

private:
    void add(Oid type, const char* bytes, std::size_t size);
    void add_number(Oid type, std::uint64_t bits);

    std::vector<std::array<char, 8>> numbers_;
    std::vector<const char*> bytes_;
    std::vector<int> sizes_;
    std::vector<int> formats_;
    std::vector<Oid> types_;
};

// One letter a value: statements are prepared once for each combination of types.
[[nodiscard]] std::string type_letters(std::span<const Value> values);

class PostgresRow final : public Row {
public:
    PostgresRow(const PGresult* result, int row, std::string_view sql) noexcept
        : result_(result), row_(row), sql_(sql) {}

    [[nodiscard]] bool is_null(int column) const override;
    [[nodiscard]] std::int64_t integer(int column) const override;
    [[nodiscard]] double real(int column) const override;
    [[nodiscard]] std::string_view text(int column) const override;
    [[nodiscard]] std::span<const std::byte> blob(int column) const override;
    [[nodiscard]] core::Uuid uuid(int column) const override;

private:
    [[nodiscard]] Oid type(int column) const;
    [[nodiscard]] std::string_view value(int column) const;
    void refuse_null(int column) const;

    const PGresult* result_;
    int row_;
    std::string_view sql_;
};

[[nodiscard]] core::Error error_of(const PGresult* result, std::chrono::milliseconds limit);
// The server knows the statement no longer as it was prepared: tables changed, or a pooler handed
// out another session.
[[nodiscard]] bool is_stale_statement(const PGresult* result);

}  // namespace kapok::platform::db
