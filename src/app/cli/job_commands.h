#pragma once

// What of jobs is more than a route: `kapok job submit job.yaml` with its inputs, `kapok job logs`,
// `kapok job outputs` and `kapok job explain`.

#include <functional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "app/cli/command.h"
#include "app/cli/profile.h"
#include "app/cli/remote.h"
#include "compute/jobs/spec.h"
#include "core/result.h"

namespace kapok::app::cli {

[[nodiscard]] std::vector<Command> job_commands();

// Uploads the inputs that are files of this host (`folder` is where relative ones are), then
// submits. The answer is the server's, also when it refuses.
[[nodiscard]] core::Result<RemoteAnswer> submit_job(const Profile& profile,
                                                    const Invocation& invocation,
                                                    compute::JobSpec spec,
                                                    const std::string& folder,
                                                    const std::string& project);
// Follows the job to its end; `show` gets pieces of its log ("stdout", "stderr").
[[nodiscard]] core::Result<void> follow_job(
    const Profile& profile, const Invocation& invocation, const std::string& job,
    const std::function<void(std::string_view stream, std::string_view text)>& show);

}  // namespace kapok::app::cli
