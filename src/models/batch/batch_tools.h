#pragma once

// What those who work on batches work with; all of it outlives them.

#include "core/clock.h"
#include "core/random.h"
#include "identity/directory.h"
#include "models/gateway/gateway.h"
#include "platform/db/database.h"
#include "platform/log/log.h"
#include "platform/objects/blocking_pool.h"
#include "platform/objects/object_store.h"

namespace kapok::models {

struct BatchTools {
    platform::db::Database& database;
    platform::objects::ObjectStore& objects;
    platform::objects::BlockingPool& pool;
    Gateway& gateway;
    const core::Clock& clock;
    core::Random& random;
    platform::log::Log& log;
    const identity::Directory& directory;
};

}  // namespace kapok::models
