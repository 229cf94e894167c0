#include "app/server/models_plane.h"

#include <fstream>
#include <string>

namespace kapok::app {
namespace {

// Which run of which host this is, as agents report it too.
std::string boot_id() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    std::getline(file, id);
    return id;
}

models::Importer::Setting importer_setting(const ModelsPlane::Setting& setting) {
    return {*setting.foundation.database,
            setting.clock,
            setting.log,
            setting.compute.objects(),
            setting.compute.pool(),
            setting.foundation.folder / "models",
            setting.server,
            setting.config.text("models.hub_url")};
}

models::Networks networks_of(const platform::config::Config& config) {
    return config.boolean("models.private_networks") ? models::Networks::Any
                                                     : models::Networks::Public;
}

}  // namespace

ModelsPlane::ModelsPlane(const Setting& setting)
    : imports_at_once_(setting.config.integer("models.imports_at_once")),
      models_(*setting.foundation.database, setting.identity.directory(), setting.clock,
              setting.random, networks_of(setting.config)),
      keeper_(
          {*setting.foundation.database, setting.clock, setting.random, setting.log, boot_id()}),
      importer_(importer_setting(setting)),
      imports_(*setting.foundation.database, setting.identity.directory(), importer_, setting.clock,
               setting.random, networks_of(setting.config)) {}

std::vector<boost::asio::awaitable<void>> ModelsPlane::loops() {
    std::vector<boost::asio::awaitable<void>> loops;
    loops.push_back(keeper_.run());
    for (std::int64_t lane = 0; lane < imports_at_once_; ++lane) {
        loops.push_back(importer_.run());
    }
    return loops;
}

}  // namespace kapok::app
