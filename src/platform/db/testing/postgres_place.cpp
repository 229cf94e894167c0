#include "platform/db/testing/postgres_place.h"

#include <atomic>
#include <cstdlib>

#include <fmt/format.h>
#include <libpq-fe.h>
#include <unistd.h>

namespace kapok::platform::db_test {
namespace {

void ignore_notice(void* /*self*/, const PGresult* /*notice*/) {}

void run_on_server(const std::string& sql) {
    const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(
        PQconnectdb(postgres_url().c_str()), PQfinish);
    PQsetNoticeReceiver(connection.get(), ignore_notice, nullptr);
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(
        PQexec(connection.get(), sql.c_str()), PQclear);
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) {
        fmt::print(stderr, "{}: {}\n", sql, PQerrorMessage(connection.get()));
        std::abort();
    }
}

class SchemaPlace final : public Place {
public:
    SchemaPlace() {
        static std::atomic<int> made = 0;
        schema_ = fmt::format("kapok_test_{}_{}", getpid(), ++made);
        run_on_server("drop schema if exists " + schema_ + " cascade");
        run_on_server("create schema " + schema_);
    }
    SchemaPlace(const SchemaPlace&) = delete;
    SchemaPlace& operator=(const SchemaPlace&) = delete;
    ~SchemaPlace() override { run_on_server("drop schema " + schema_ + " cascade"); }

    [[nodiscard]] std::string url() const override {
        const std::string server = postgres_url();
        return fmt::format("{}{}options=-csearch_path%3D{}", server,
                           server.find('?') == std::string::npos ? '?' : '&', schema_);
    }

private:
    std::string schema_;
};

}  // namespace

std::string postgres_url() {
    const char* url = std::getenv("KAPOK_TEST_POSTGRES");
    return url == nullptr ? "" : url;
}

std::map<std::string, std::string> parts_of(const std::string& url) {
    std::map<std::string, std::string> parts;
    PQconninfoOption* options = PQconninfoParse(url.c_str(), nullptr);
    for (auto* option = options; option != nullptr && option->keyword != nullptr; ++option) {
        if (option->val != nullptr) {
            parts[option->keyword] = option->val;
        }
    }
    PQconninfoFree(options);
    return parts;
}

std::unique_ptr<Place> make_postgres_place() {
    return std::make_unique<SchemaPlace>();
}

}  // namespace kapok::platform::db_test
