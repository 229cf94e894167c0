// Lists go through every row once in each order, see their scope and nothing else, and are cut by
// filters; the same on both databases.

#include "platform/db/select.h"

#include <array>

#include <gtest/gtest.h>

#include "core/random.h"
#include "platform/db/testing/database_test.h"

namespace kapok::platform::db {
namespace {

constexpr std::array kMigrations{Migration{"select", 1, "trees", R"(
create table trees (
    number {serial} primary key,
    organization_id {id} not null,
    called text not null,
    height bigint not null
);
)"}};

constexpr std::string_view kTrees = "select called, height, number from trees";
constexpr Order kOrder{"number", "called", 2};

struct Tree {
    std::string name;
    std::int64_t height = 0;

    friend bool operator==(const Tree&, const Tree&) = default;
};

Tree tree_of(const Row& row) {
    return {std::string(row.text(0)), row.integer(1)};
}

class SelectTest : public db_test::DatabaseTest {
protected:
    SelectTest() : DatabaseTest(kMigrations) {}

    void plant(core::OrganizationId owner, std::string_view name, std::int64_t height) {
        const auto done = database().write_blocking([&](Transaction& transaction) {
            return transaction.execute(
                "insert into trees (organization_id, called, height) values (?, ?, ?)",
                {owner, name, height});
        });
        ASSERT_TRUE(done.has_value());
    }

    core::Result<core::Page<Tree>> page(const core::Scope& scope, const core::Window& window,
                                        std::optional<std::int64_t> height = {}) {
        return database().read_blocking([&](Reader& reader) {
            Select select(kTrees, "organization_id", scope);
            select.where_if("height = ?", height).window(window, kOrder);
            return read_page<Tree>(reader, select, window, tree_of,
                                   [](const Tree& tree) { return tree.name; });
        });
    }

    // The whole list, page by page.
    std::vector<Tree> all(const core::Scope& scope, core::Sort sort, std::size_t limit) {
        std::vector<Tree> trees;
        core::Window window{limit, std::nullopt, sort};
        do {
            auto part = page(scope, window);
            EXPECT_TRUE(part.has_value());
            EXPECT_LE(part->items.size(), limit);
            trees.insert(trees.end(), part->items.begin(), part->items.end());
            window.after = part->next;
        } while (window.after);
        return trees;
    }

    core::SeededRandom random_{5};
    core::OrganizationId park_ = core::OrganizationId::make(clock(), random_);
    core::OrganizationId street_ = core::OrganizationId::make(clock(), random_);
};
INSTANTIATE_KAPOK_DATABASES(SelectTest);

TEST_P(SelectTest, GoesThroughEveryRowOnceInEachOrder) {
    // Names come twice, so that a page may end between two rows of one name.
    const std::vector<Tree> planted{{"elm", 1}, {"oak", 2}, {"ash", 3}, {"oak", 4},
                                    {"elm", 5}, {"oak", 6}, {"木棉", 7}};
    for (const Tree& tree : planted) {
        plant(park_, tree.name, tree.height);
        plant(street_, tree.name, -tree.height);
    }
    const std::vector<Tree> by_name{{"ash", 3}, {"elm", 1}, {"elm", 5}, {"oak", 2},
                                    {"oak", 4}, {"oak", 6}, {"木棉", 7}};
    const core::Scope scope{false, {park_}};
    for (std::size_t limit = 1; limit <= planted.size() + 1; ++limit) {
        EXPECT_EQ(all(scope, core::Sort::Created, limit), planted);
        EXPECT_EQ(all(scope, core::Sort::CreatedDescending, limit),
                  std::vector(planted.rbegin(), planted.rend()));
        EXPECT_EQ(all(scope, core::Sort::Name, limit), by_name);
        EXPECT_EQ(all(scope, core::Sort::NameDescending, limit),
                  std::vector(by_name.rbegin(), by_name.rend()));
    }
}

TEST_P(SelectTest, SeesItsScopeOnly) {
    plant(park_, "elm", 1);
    plant(street_, "oak", 1);
    plant(street_, "ash", 2);
    const auto seen = [&](const core::Scope& scope) {
        std::vector<std::string> names;
        for (const Tree& tree : all(scope, core::Sort::Name, 1)) {
            names.push_back(tree.name);
        }
        return names;
    };
    EXPECT_EQ(seen({false, {park_}}), (std::vector<std::string>{"elm"}));
    EXPECT_EQ(seen({false, {street_}}), (std::vector<std::string>{"ash", "oak"}));
    EXPECT_EQ(seen({false, {park_, street_}}), (std::vector<std::string>{"ash", "elm", "oak"}));
    EXPECT_EQ(seen(core::Scope::all()), (std::vector<std::string>{"ash", "elm", "oak"}));
    EXPECT_EQ(seen({}), std::vector<std::string>{});
    EXPECT_EQ(page({false, {street_}}, {}, 1)->items, (std::vector<Tree>{{"oak", 1}}));
    EXPECT_TRUE(page({false, {park_}}, {}, 2)->items.empty());
}

TEST_P(SelectTest, FindsTheFirst) {
    plant(park_, "elm", 1);
    plant(street_, "elm", 2);
    const auto find = [&](const core::Scope& scope, const char* name) {
        return database()
            .read_blocking([&](Reader& reader) {
                Select select(kTrees, "organization_id", scope);
                return find_one(reader, select.where("called = ?", {name}), tree_of);
            })
            .value();
    };
    EXPECT_EQ(find({false, {street_}}, "elm"), (Tree{"elm", 2}));
    EXPECT_EQ(find({false, {park_}}, "oak"), std::nullopt);
    EXPECT_EQ(find({}, "elm"), std::nullopt);
}

}  // namespace
}  // namespace kapok::platform::db
