#pragma once

// The route of evidence bundles.

#include <array>

#include <boost/asio/awaitable.hpp>

#include "app/evidence/errors.h"
#include "app/evidence/evidence_service.h"
#include "audit/errors.h"
#include "exchange/errors.h"
#include "platform/http/message.h"
#include "platform/http/route.h"

namespace kapok::app::evidence {

namespace http = platform::http;

namespace fields {

inline constexpr std::array kEvidencePath{http::Field{.name = "project",
                                                      .type = http::Type::Id,
                                                      .en = "The project",
                                                      .zh = "项目",
                                                      .id_prefix = "prj"}};
inline constexpr std::array kEvidenceQuery{
    http::Field{.name = "from",
                .type = http::Type::Time,
                .en = "Start of the period; the beginning if absent",
                .zh = "账期开始；缺省为最早",
                .presence = http::Presence::Optional},
    http::Field{.name = "to",
                .type = http::Type::Time,
                .en = "End of the period, exclusive; now if absent",
                .zh = "账期结束（不含）；缺省为现在",
                .presence = http::Presence::Optional},
    http::Field{
        .name = "checkpoint",
        .type = http::Type::Integer,
        .range = {1, 9'007'199'254'740'991, "event"},
        .en = "Size of a checkpoint that you have kept, from which the log is proved to go on",
        .zh = "您所保存检查点的规模；将证明日志自其延续而来",
        .presence = http::Presence::Optional}};

}  // namespace fields

inline constexpr std::array kEvidenceErrors{&kTooMuch, &kNotCovered, &kNoLog, &exchange::kBadPeriod,
                                            &audit::kUnknownCheckpoint};

inline constexpr std::string_view kEvidenceType = "application/vnd.kapok.evidence+json";

inline constexpr http::Route kGetEvidence{
    .method = http::Method::Get,
    .path = "/api/v1/evidence/{project}",
    .id = "get_evidence",
    .scope = "ledger:read",
    .en = "An evidence bundle of a project and a period, which `kapok verify` checks offline",
    .zh = "项目与账期的证据包，可用 kapok verify 离线核验",
    .path_parameters = fields::kEvidencePath,
    .query = fields::kEvidenceQuery,
    .reply = http::Reply::Raw,
    .disconnect = http::Disconnect::Cancel,
    .errors = kEvidenceErrors};

class EvidenceHandler {
public:
    EvidenceHandler(EvidenceService& evidence, const core::Clock& clock) noexcept
        : evidence_(evidence), clock_(clock) {}

    boost::asio::awaitable<http::Response> get_evidence(http::Request request);

private:
    EvidenceService& evidence_;
    const core::Clock& clock_;
};

}  // namespace kapok::app::evidence
