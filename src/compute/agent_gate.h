#pragma once

// What agents may do, on their own listener: take orders, report, fetch inputs and bring outputs of
// the attempts that were given to their nodes.

#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "compute/context.h"
#include "compute/protocol.h"
#include "platform/http/event_stream.h"

namespace kapok::compute {

class AgentGate {
public:
    template <class T>
    using Answer = boost::asio::awaitable<core::Result<T>>;

    explicit AgentGate(Context& context) noexcept : context_(context) {}

    Answer<protocol::ReportAnswer> report(core::Principal agent, protocol::ReportBatch batch);
    // The node's open orders from behind number `after`, and new ones as they come.
    Answer<std::shared_ptr<platform::http::EventSource>> orders(core::Principal agent, NodeId node,
                                                                std::int64_t after);
    // An input of a job, or the model of a service, from `offset` on.
    Answer<OpenObject> input(core::Principal agent, protocol::AttemptRef attempt,
                             std::string digest, std::int64_t offset);
    // Answers the digest under which the bytes are kept.
    Answer<std::string> output(core::Principal agent, protocol::AttemptRef attempt,
                               std::string bytes);

private:
    // The job of a live attempt on one of the agent's nodes.
    core::Result<Job> job_for(platform::db::Reader& reader, const core::Principal& agent,
                              protocol::AttemptRef attempt) const;
    // What the attempt may read: an artifact of its organization, or a model.
    enum class InputKind : std::uint8_t { Artifact, Model };
    struct Input {
        core::OrganizationId organization;
        InputKind kind = InputKind::Artifact;
    };
    core::Result<Input> find_input(platform::db::Reader& reader, const core::Principal& agent,
                                   protocol::AttemptRef attempt, const std::string& digest) const;
    // Reports may name only outputs that were brought before.
    Answer<void> check_outputs(core::Principal agent, protocol::ReportBatch batch);

    Context& context_;
};

}  // namespace kapok::compute
