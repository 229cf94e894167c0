#pragma once

// Brings models from the platform into the node's cache: one download of a model at a time, however
// many attempts wait for it; a line that breaks is tried again from where it broke.

#include <functional>
#include <memory>
#include <set>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "compute/agent/link.h"
#include "compute/agent/model_cache.h"
#include "compute/protocol.h"
#include "platform/objects/blocking_pool.h"

namespace kapok::compute::agent {

class ModelFetch {
public:
    using Tell = std::function<void(std::string_view, const core::Error*)>;
    template <class T>
    using Answer = boost::asio::awaitable<core::Result<T>>;

    // `link` and `pool` outlive it; everything runs on the agent's one thread.
    ModelFetch(std::filesystem::path folder, Link& link, platform::objects::BlockingPool& pool,
               Tell tell)
        : cache_(std::move(folder)), link_(link), pool_(pool), tell_(std::move(tell)) {}

    // Where the model is once it is here. Goes on until it is, the platform refuses for good, or it
    // is not `wanted` any more: then kNotWanted.
    Answer<std::filesystem::path> bring(protocol::AttemptRef attempt, ModelRef model,
                                        std::function<bool()> wanted);

private:
    Answer<std::filesystem::path> download(protocol::AttemptRef attempt, ModelRef model,
                                           std::function<bool()> wanted);
    Answer<void> receive(std::unique_ptr<platform::http::AnswerStream> stream,
                         std::shared_ptr<ModelDownload> download, ModelRef model,
                         std::function<bool()> wanted);

    ModelCache cache_;
    Link& link_;
    platform::objects::BlockingPool& pool_;
    Tell tell_;
    std::set<std::string> under_way_;
};

// Whether the platform would refuse the same again.
[[nodiscard]] bool is_final_refusal(const core::Error& error);

}  // namespace kapok::compute::agent
