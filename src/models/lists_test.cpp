// The lists of models, deployments and imports: every row once in each order, filters, and of
// imports nobody else's; the same on both databases.

#include <gtest/gtest.h>

#include "core/random.h"
#include "models/deployments_store.h"
#include "models/imports_store.h"
#include "models/migrations.h"
#include "models/models_store.h"
#include "platform/db/testing/database_test.h"
#include "platform/db/testing/listing.h"

namespace kapok::models {
namespace {

class ModelsListsTest : public platform::db_test::DatabaseTest {
protected:
    ModelsListsTest() : DatabaseTest(migrations()) {}

    template <class Id>
    Id make() {
        return Id::make(clock(), random_);
    }
    template <class Insert>
    void write(Insert insert) {
        ASSERT_TRUE(database().write_blocking(insert));
    }

    auto models(const ModelFilter& filter) {
        return [this, filter](const core::Window& window) {
            return database()
                .read_blocking([&](Reader& r) { return list_models(r, filter, window); })
                .value();
        };
    }
    auto deployments(const DeploymentFilter& filter) {
        return [this, filter](const core::Window& window) {
            return database()
                .read_blocking([&](Reader& r) { return list_deployments(r, filter, window); })
                .value();
        };
    }
    auto imports(const core::Scope& scope, const ImportFilter& filter) {
        return [this, scope, filter](const core::Window& window) {
            return database()
                .read_blocking([&](Reader& r) { return list_imports(r, scope, filter, window); })
                .value();
        };
    }

    core::SeededRandom random_{23};
    core::OrganizationId lab_ = make<core::OrganizationId>();
    core::OrganizationId rival_ = make<core::OrganizationId>();
};
INSTANTIATE_KAPOK_DATABASES(ModelsListsTest);

std::string name_of(const Model& model) {
    return model.name;
}

TEST_P(ModelsListsTest, GoesThroughTheCatalogue) {
    std::vector<Model> made;
    for (const char* name : {"oak", "ash", "木棉", "elm", "fir"}) {
        Model model;
        model.id = make<ModelId>();
        model.provider = made.size() < 3 ? lab_ : rival_;
        model.name = name;
        model.license = made.size() < 2 ? "MIT" : "Apache-2.0";
        model.context_window = 2'048;
        model.embedding_dimension = made.size() < 4 ? 0 : 64;
        model.created_at = clock().now();
        write([&](Transaction& t) { return insert_model(t, model); });
        made.push_back(model);
    }
    using Some = std::vector<Model>;
    platform::db_test::expect_every_order(made, models({}), name_of);
    platform::db_test::expect_every_order(Some{made[0]}, models({.name = "oak"}), name_of);
    platform::db_test::expect_every_order(Some{made[0], made[1]}, models({.license = "MIT"}),
                                          name_of);
    platform::db_test::expect_every_order(Some{made[3], made[4]}, models({.provider = rival_}),
                                          name_of);
    platform::db_test::expect_every_order(Some{made[4]},
                                          models({.capability = Capability::Embeddings}), name_of);
    platform::db_test::expect_every_order(Some(made.begin(), made.end() - 1),
                                          models({.capability = Capability::Chat}), name_of);
    EXPECT_TRUE(models({.name = "oak", .provider = rival_})({}).items.empty());
}

TEST_P(ModelsListsTest, GoesThroughDeployments) {
    const ModelId model = make<ModelId>();
    std::vector<Deployment> made;
    for (const DeploymentState state : {DeploymentState::Ready, DeploymentState::Idle,
                                        DeploymentState::Ready, DeploymentState::Stopped}) {
        Deployment deployment;
        deployment.id = make<DeploymentId>();
        deployment.model = made.size() < 2 ? model : make<ModelId>();
        deployment.organization = lab_;
        deployment.state = state;
        deployment.created_at = clock().now();
        if (made.size() != 2) {  // A server that was there already is not to become anything.
            deployment.hosting.emplace();
            deployment.hosting->slots = 4;
            deployment.hosting->wanted =
                state == DeploymentState::Idle ? Wanted::Idle : Wanted::Serving;
        }
        write([&](Transaction& t) { return insert_deployment(t, deployment); });
        made.push_back(deployment);
    }
    using Some = std::vector<Deployment>;
    platform::db_test::expect_orders_in_time(made, deployments({}));
    platform::db_test::expect_orders_in_time(Some{made[0], made[1]}, deployments({.model = model}));
    platform::db_test::expect_orders_in_time(Some{made[0], made[2]},
                                             deployments({.state = DeploymentState::Ready}));
    platform::db_test::expect_orders_in_time(Some{made[0], made[3]},
                                             deployments({.wanted = Wanted::Serving}));
}

TEST_P(ModelsListsTest, GoesThroughImportsOfItsScopeOnly) {
    std::vector<Import> made;
    for (const char* name : {"tiny", "small", "tiny", "large"}) {
        Import import;
        import.id = make<ImportId>();
        import.organization = made.size() < 3 ? lab_ : rival_;
        import.server = "server-1";
        import.model = made.size() < 2 ? make<ModelId>() : made.front().model;
        import.name = name;
        import.state = made.empty() ? ImportState::Failed : ImportState::Done;
        import.problem_parameters = "{}";
        import.created_at = import.updated_at = clock().now();
        write([&](Transaction& t) { return insert_import(t, import); });
        made.push_back(import);
    }
    using Some = std::vector<Import>;
    const core::Scope lab{false, {lab_}};
    const core::Scope all = core::Scope::all();
    platform::db_test::expect_orders_in_time(made, imports(all, {}));
    platform::db_test::expect_orders_in_time(Some{made[0], made[1], made[2]}, imports(lab, {}));
    platform::db_test::expect_orders_in_time(Some{made[3]}, imports({false, {rival_}}, {}));
    EXPECT_TRUE(imports({}, {})({}).items.empty());
    platform::db_test::expect_orders_in_time(Some{made[1], made[2]},
                                             imports(lab, {.state = ImportState::Done}));
    platform::db_test::expect_orders_in_time(Some{made[0], made[2]},
                                             imports(lab, {.model = made[0].model}));
    platform::db_test::expect_orders_in_time(Some{made[0], made[2]},
                                             imports(lab, {.name = "tiny"}));
    EXPECT_TRUE(imports(lab, {.name = "large"})({}).items.empty());
}

}  // namespace
}  // namespace kapok::models
