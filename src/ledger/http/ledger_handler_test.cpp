// The ledger's routes through the real router, service and store; only who asks is said by a test
// authorizer. Replies are checked against their schema. What one may not see reads as what is not
// there.

#include "ledger/http/ledger_handler.h"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "identity/organization_tree.h"
#include "ledger/ledger_test_support.h"
#include "platform/http/router.h"

namespace kapok::ledger {
namespace {

namespace json = boost::json;
using std::chrono::seconds;

class NamedCallers final : public http::Authorizer {
public:
    std::map<std::string, core::Principal, std::less<>> callers;

    boost::asio::awaitable<core::Result<core::Principal>> authorize(
        const http::Request& request, const http::Route& /*route*/) override {
        co_return callers.at(request.headers.at("x-caller"));
    }
};

class LedgerRoutes : public LedgerDatabaseTest {
protected:
    void SetUp() override {
        LedgerDatabaseTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) {
            return;
        }
        const identity::OrganizationTree::Node nodes[] = {
            {platform_, std::nullopt}, {lab_, platform_}, {rival_, platform_}};
        const auto tree = std::make_shared<const identity::OrganizationTree>(
            identity::OrganizationTree::create(nodes).value());
        add_caller("operator", platform_, core::Role::Operator);
        add_caller("lab", lab_, core::Role::Consumer);
        add_caller("rival", rival_, core::Role::Operator);
        callers_.callers["key"] = callers_.callers.at("lab");
        callers_.callers["key"].kind = core::PrincipalKind::ApiKey;
        callers_.callers["key"].project = make<core::ProjectId>();
        callers_.callers["narrow"] = callers_.callers.at("lab");
        callers_.callers["narrow"].scopes = {"job:read"};
        service_ = std::make_unique<LedgerService>(database(), [tree] { return tree; });
        handler_ = std::make_unique<LedgerHandler>(*service_);
        add(kListAccounts, &LedgerHandler::list_accounts);
        add(kGetAccount, &LedgerHandler::get_account);
        add(kListEntries, &LedgerHandler::list_entries);
        add(kGetTransfer, &LedgerHandler::get_transfer);
        add(kGetTrialBalance, &LedgerHandler::get_trial_balance);
        router_.set_reply_check(http::ReplyCheck::On);
    }

    void TearDown() override {
        handler_.reset();
        service_.reset();
        LedgerDatabaseTest::TearDown();
    }

    struct Reply {
        int status;
        json::object body;
    };
    Reply get(std::string caller, std::string path) {
        http::Request request;
        request.path = std::move(path);
        request.headers["x-caller"] = std::move(caller);
        boost::asio::io_context io;
        auto answer =
            boost::asio::co_spawn(io, router_.handle(std::move(request)), boost::asio::use_future);
        io.run();
        const http::Response response = answer.get().response;
        return {response.status, json::parse(response.body).as_object()};
    }
    static std::string text(const json::object& object, const char* name) {
        return std::string(object.at(name).as_string());
    }
    // What a stranger can learn from a refusal, without the id and the request's own id.
    static std::string gist(Reply reply, const std::string& id) {
        reply.body.erase("request_id");
        std::string all = std::to_string(reply.status) + json::serialize(reply.body);
        for (auto at = all.find(id); at != all.npos; at = all.find(id)) {
            all.replace(at, id.size(), "ID");
        }
        return all;
    }
    static std::string account_path(AccountId id) { return "/api/v1/accounts/" + id.text(); }

    const core::OrganizationId rival_ = make<core::OrganizationId>();
    NamedCallers callers_;

private:
    void add_caller(const std::string& name, core::OrganizationId home, core::Role role) {
        core::Principal principal;
        principal.kind = core::PrincipalKind::User;
        principal.id = make<core::UserId>().uuid();
        principal.organization = home;
        principal.grants = {{home, role}};
        principal.scopes = {"*"};
        callers_.callers[name] = principal;
    }
    void add(const http::Route& route,
             boost::asio::awaitable<http::Response> (LedgerHandler::*method)(http::Request)) {
        router_.add(route, [this, method](http::Request request) {
            return ((*handler_).*method)(std::move(request));
        });
    }

    core::SystemRandom router_random_;
    core::SystemClock router_clock_;
    http::Router router_{callers_, router_clock_, router_random_};
    std::unique_ptr<LedgerService> service_;
    std::unique_ptr<LedgerHandler> handler_;
};

TEST_P(LedgerRoutes, ShowAnAccountNowAndInThePast) {
    const auto start = clock().now();
    clock().advance(seconds(10));
    run({top_up(12'500'000)});
    clock().advance(seconds(10));
    run({charge(500'000)});
    run(hold_request(2'000'000));
    const auto now = get("lab", account_path(wallet_));
    ASSERT_EQ(now.status, 200) << json::serialize(now.body);
    EXPECT_EQ(json::serialize(now.body.at("balances")),
              R"({"posted":"12.000000","available":"10.000000","debits_posted":"0.500000",)"
              R"("debits_pending":"2.000000","credits_posted":"12.500000",)"
              R"("credits_pending":"0.000000"})");
    EXPECT_EQ(text(now.body, "code"), "wallet");
    EXPECT_EQ(text(now.body, "unit"), "CNY");
    const auto posted_at = [&](core::Timestamp time) {
        const auto past = get("lab", account_path(wallet_) + "?as_of=" + core::to_rfc3339(time));
        return text(past.body.at("balances").as_object(), "posted");
    };
    EXPECT_EQ(posted_at(start), "0.000000");
    EXPECT_EQ(posted_at(start + seconds(10)), "12.500000");
    EXPECT_EQ(posted_at(start + seconds(20)), "12.000000");
}

TEST_P(LedgerRoutes, HideWhatIsOthersAsIfItWereNotThere) {
    run({top_up(5), transfer(cash_, revenue_, 7)});
    const auto records =
        database().read_blocking([](Reader& reader) { return records_from(reader, 0, 9); }).value();
    const AccountId nowhere = make<AccountId>();
    const std::string none = gist(get("rival", account_path(nowhere)), nowhere.text());
    EXPECT_TRUE(none.starts_with("404"));
    for (const std::string suffix : {"", "/entries"}) {
        const std::string missing =
            gist(get("rival", account_path(nowhere) + suffix), nowhere.text());
        EXPECT_EQ(gist(get("rival", account_path(wallet_) + suffix), wallet_.text()), missing);
        EXPECT_EQ(gist(get("lab", account_path(cash_) + suffix), cash_.text()), missing);
        EXPECT_EQ(gist(get("narrow", account_path(wallet_) + suffix), wallet_.text()), missing);
    }
    const TransferId unknown = make<TransferId>();
    const auto transfer_gist = [&](const char* caller, TransferId id) {
        return gist(get(caller, "/api/v1/transfers/" + id.text()), id.text());
    };
    EXPECT_EQ(transfer_gist("rival", records[0].transfer.id), transfer_gist("rival", unknown));
    EXPECT_EQ(transfer_gist("lab", records[1].transfer.id), transfer_gist("lab", unknown));
    EXPECT_TRUE(transfer_gist("lab", unknown).starts_with("404"));
    EXPECT_EQ(get("rival", "/api/v1/accounts").body.at("items").as_array().size(), 0U);
    EXPECT_EQ(get("narrow", "/api/v1/accounts").body.at("items").as_array().size(), 0U);
}

TEST_P(LedgerRoutes, ShowOnlyOnesOwnSideOfATransfer) {
    Transfer wanted = top_up(5'000'000);
    wanted.code = TransferCode::TopUp;
    wanted.reference = wanted.id.uuid();
    wanted.reference_text = "银行回单 7";
    run({wanted});
    const auto own = get("lab", "/api/v1/transfers/" + wanted.id.text());
    ASSERT_EQ(own.status, 200) << json::serialize(own.body);
    EXPECT_FALSE(own.body.contains("debit_after"));
    EXPECT_EQ(text(own.body.at("credit_after").as_object(), "posted"), "5.000000");
    EXPECT_EQ(text(own.body, "amount"), "5.000000");
    EXPECT_EQ(text(own.body, "code"), "top_up");
    EXPECT_EQ(text(own.body, "reference"), core::to_base32(wanted.reference));
    const auto all = get("operator", "/api/v1/transfers/" + wanted.id.text());
    EXPECT_EQ(text(all.body.at("debit_after").as_object(), "posted"), "5.000000");
}

TEST_P(LedgerRoutes, ShowWhatBecameOfAHold) {
    run({top_up(100)});
    const HoldRequest held = hold_request(60, seconds(30));
    run(held);
    const auto state = [&] {
        return text(get("lab", "/api/v1/transfers/" + held.id.text()).body, "hold_state");
    };
    EXPECT_EQ(state(), "open");
    clock().advance(seconds(30));
    EXPECT_EQ(expire_all(), 1U);
    EXPECT_EQ(state(), "expired");
}

TEST_P(LedgerRoutes, PageThroughAStatement) {
    const auto start = clock().now();
    for (int i = 1; i <= 7; ++i) {
        clock().advance(seconds(60));
        run({top_up(i)});
    }
    const auto walk = [&](const std::string& query) {
        std::vector<std::string> amounts;
        std::string cursor;
        do {
            auto page = get("lab", account_path(wallet_) + "/entries?limit=3" + query +
                                       (cursor.empty() ? "" : "&cursor=" + cursor));
            EXPECT_EQ(page.status, 200) << json::serialize(page.body);
            for (const auto& item : page.body.at("items").as_array()) {
                amounts.push_back(text(item.as_object(), "amount").substr(7));
            }
            cursor = page.body.contains("next_cursor") ? text(page.body, "next_cursor") : "";
        } while (!cursor.empty());
        return amounts;
    };
    using Amounts = std::vector<std::string>;
    EXPECT_EQ(walk(""), (Amounts{"7", "6", "5", "4", "3", "2", "1"}));
    EXPECT_EQ(walk("&order=oldest_first"), (Amounts{"1", "2", "3", "4", "5", "6", "7"}));
    const auto window = "&from=" + core::to_rfc3339(start + seconds(120)) +
                        "&to=" + core::to_rfc3339(start + seconds(360));
    EXPECT_EQ(walk(window), (Amounts{"5", "4", "3", "2"}));
    EXPECT_EQ(walk(window + "&order=oldest_first"), (Amounts{"2", "3", "4", "5"}));
    EXPECT_EQ(walk("&from=" + core::to_rfc3339(start + seconds(999))), Amounts());
    EXPECT_EQ(walk("&to=1970-01-01T00:00:00Z"), Amounts());
}

TEST_P(LedgerRoutes, PageThroughAccountsAndFilterThem) {
    open(lab_, AccountCode::Wallet, Overdraft::Refused, Unit::of(core::Currency::Usd));
    open(rival_, AccountCode::Wallet, Overdraft::Refused);
    const auto count = [&](const char* caller, const std::string& query) {
        const auto page = get(caller, "/api/v1/accounts" + query);
        EXPECT_EQ(page.status, 200) << json::serialize(page.body);
        return page.body.at("items").as_array().size();
    };
    EXPECT_EQ(count("operator", ""), 5U);
    EXPECT_EQ(count("lab", ""), 2U);
    EXPECT_EQ(count("rival", ""), 1U);
    EXPECT_EQ(count("lab", "?unit=USD"), 1U);
    EXPECT_EQ(count("operator", "?code=wallet"), 3U);
    EXPECT_EQ(count("operator", "?organization_id=" + lab_.text()), 2U);
    EXPECT_EQ(count("lab", "?organization_id=" + rival_.text()), 0U);
    const auto first = get("operator", "/api/v1/accounts?limit=4");
    EXPECT_EQ(first.body.at("items").as_array().size(), 4U);
    EXPECT_EQ(count("operator", "?limit=4&cursor=" + text(first.body, "next_cursor")), 1U);
    const auto bad = get("lab", "/api/v1/accounts?unit=EUR");
    EXPECT_EQ(bad.status, 400);
    EXPECT_EQ(text(bad.body, "code"), "ledger.bad_unit");
    EXPECT_EQ(get("lab", "/api/v1/accounts?colour=red").status, 400);
    EXPECT_EQ(get("lab", "/api/v1/accounts?code=purse").status, 400);
    EXPECT_EQ(get("lab", "/api/v1/accounts/acc_1").status, 400);
    EXPECT_EQ(get("lab", "/api/v1/accounts?cursor=!").status, 400);
}

TEST_P(LedgerRoutes, KeepAKeyToItsProject) {
    Account own = account(lab_, AccountCode::Wallet, Overdraft::Refused);
    own.project = callers_.callers.at("key").project;
    Account other = account(lab_, AccountCode::Wallet, Overdraft::Refused);
    other.project = make<core::ProjectId>();
    ASSERT_TRUE(open(own));
    ASSERT_TRUE(open(other));
    EXPECT_EQ(get("key", account_path(own.id)).status, 200);
    EXPECT_EQ(get("key", account_path(other.id)).status, 404);
    EXPECT_EQ(get("key", account_path(other.id) + "/entries").status, 404);
    EXPECT_EQ(get("key", "/api/v1/accounts").body.at("items").as_array().size(), 2U);
    const Transfer theirs = transfer(cash_, other.id, 3);
    run({theirs});
    EXPECT_EQ(get("key", "/api/v1/transfers/" + theirs.id.text()).status, 404);
    EXPECT_EQ(get("lab", "/api/v1/transfers/" + theirs.id.text()).status, 200);
}

TEST_P(LedgerRoutes, ShowTheTrialBalanceToThoseWhoWatchOverAll) {
    run({top_up(5'000'000)});
    const auto then = clock().now();
    clock().advance(seconds(60));
    run({charge(1'000'000)});
    run(hold_request(250'000));
    const auto now = get("operator", "/api/v1/trial-balance");
    ASSERT_EQ(now.status, 200) << json::serialize(now.body);
    EXPECT_TRUE(now.body.at("balanced").as_bool());
    EXPECT_EQ(now.body.at("sequence").as_int64(), 3);
    EXPECT_EQ(json::serialize(now.body.at("lines")),
              R"([{"unit":"CNY","debits_posted":"6.000000","credits_posted":"6.000000",)"
              R"("debits_pending":"0.250000","credits_pending":"0.250000",)"
              R"("difference":"0.000000"}])");
    const auto past = get("operator", "/api/v1/trial-balance?as_of=" + core::to_rfc3339(then));
    EXPECT_EQ(past.body.at("sequence").as_int64(), 1);
    EXPECT_EQ(text(past.body.at("lines").as_array()[0].as_object(), "debits_posted"), "5.000000");
    EXPECT_EQ(get("lab", "/api/v1/trial-balance").status, 404);
    EXPECT_EQ(get("rival", "/api/v1/trial-balance").status, 404);
}

INSTANTIATE_KAPOK_DATABASES(LedgerRoutes);

}  // namespace
}  // namespace kapok::ledger
