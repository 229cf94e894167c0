#pragma once

// The threads of a database know that they are its own: waiting for the database on one of them
// would wait for ever.

namespace kapok::platform::db {

// `name` has at most 15 characters.
void name_worker_thread(const char* name);
[[nodiscard]] bool on_worker_thread() noexcept;

}  // namespace kapok::platform::db
