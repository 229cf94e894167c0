#pragma once

// The routes of the event log, all of them for reading. Hashes are base64, as in checkpoints.

#include <array>
#include <limits>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "audit/audit_service.h"
#include "audit/errors.h"
#include "audit/limits.h"
#include "platform/http/message.h"
#include "platform/http/route.h"
#include "platform/http/router.h"

namespace kapok::audit {

namespace http = platform::http;

namespace fields {

using http::Field;
using http::Presence;
using http::Type;

inline constexpr std::int64_t kNumberMax = std::numeric_limits<std::int64_t>::max();
inline constexpr std::array<std::string_view, 2> kOrderNames{"oldest_first", "newest_first"};
inline constexpr std::array<std::string_view, 5> kActorKinds{"anonymous", "user", "api_key",
                                                             "agent", "system"};
inline constexpr std::array<std::string_view, 2> kSuiteNames{"intl", "sm"};
inline constexpr std::array<std::string_view, 2> kDigestNames{"sha256", "sm3"};

inline constexpr Field kSequence{.name = "sequence",
                                 .type = Type::Integer,
                                 .range = {1, kNumberMax, ""},
                                 .en = "The event's number; they have no gap",
                                 .zh = "事件编号，连续无缺号"};
inline constexpr Field kOrder{.name = "order",
                              .en = "oldest_first unless asked otherwise",
                              .zh = "默认 oldest_first（从旧到新）",
                              .presence = Presence::Optional,
                              .choices = kOrderNames};
inline constexpr Field kHashes{.name = "hashes",
                               .type = Type::List,
                               .range = {0, 128, "hash"},
                               .en = "The proof, as RFC 9162 orders it",
                               .zh = "证明所用的哈希，按 RFC 9162 的顺序排列"};

constexpr Field note(std::string_view name, std::string_view en, std::string_view zh) {
    return {.name = name,
            .range = {1, static_cast<std::int64_t>(kNoteBytesMax), "byte"},
            .en = en,
            .zh = zh};
}

inline constexpr std::array kSequencePath{kSequence};

inline constexpr Field kTypeFilter{.name = "type",
                                   .range = {1, static_cast<std::int64_t>(kTypeBytesMax), "byte"},
                                   .en = "Only events of this type, such as identity.user_created",
                                   .zh = "仅该类型的事件，如 identity.user_created",
                                   .presence = Presence::Optional};
inline constexpr Field kSubjectFilter{
    .name = "subject",
    .range = {1, static_cast<std::int64_t>(kSubjectBytesMax), "byte"},
    .en = "Only events about this, by its id",
    .zh = "仅与该编号对象有关的事件",
    .presence = Presence::Optional};
inline constexpr Field kOrganizationFilter{.name = "organization_id",
                                           .type = Type::Id,
                                           .en = "Only events of this organization",
                                           .zh = "仅该机构的事件",
                                           .presence = Presence::Optional,
                                           .id_prefix = "org"};
inline constexpr Field kSinceFilter{.name = "since",
                                    .type = Type::Time,
                                    .en = "Only events recorded at this time or later",
                                    .zh = "仅该时间及以后记录的事件",
                                    .presence = Presence::Optional};
inline constexpr std::array kEventQuery{kTypeFilter, kSubjectFilter, kOrganizationFilter,
                                        kSinceFilter, kOrder};
inline constexpr std::array kStreamQuery{
    kTypeFilter, kSubjectFilter, kOrganizationFilter, kSinceFilter,
    Field{.name = "after",
          .type = Type::Integer,
          .range = {0, kNumberMax, ""},
          .en = "Begin after this number, 0 for all; else only events to come are sent",
          .zh = "从该编号之后开始，0 表示全部；默认只发送之后发生的事件",
          .presence = Presence::Optional}};
inline constexpr std::array kStreamHeaders{
    Field{.name = "last-event-id",
          .type = Type::Integer,
          .range = {0, kNumberMax, ""},
          .en = "The last number received, to go on after it; stronger than `after`",
          .zh = "已收到的最后编号，从其后继续；优先于 after",
          .presence = Presence::Optional}};

inline constexpr std::array kActor{
    Field{.name = "kind", .en = "What acted", .zh = "操作者类型", .choices = kActorKinds},
    Field{.name = "id",
          .en = "Its id without prefix; none of the platform's own jobs",
          .zh = "操作者编号（不含前缀）；平台自身任务没有",
          .presence = Presence::Optional},
    Field{.name = "name", .en = "For people", .zh = "名称"},
};

inline constexpr std::array kEvent{
    kSequence,
    Field{.name = "type", .en = "What happened", .zh = "事件类型"},
    Field{.name = "subject", .en = "The id of what changed", .zh = "变更对象的编号"},
    Field{.name = "organization_id",
          .type = Type::Id,
          .en = "Whose event it is; none if the platform's",
          .zh = "所属机构；平台事件没有",
          .presence = Presence::Optional,
          .id_prefix = "org"},
    Field{.name = "project_id",
          .type = Type::Id,
          .en = "Of which project, if of one",
          .zh = "所属项目（如有）",
          .presence = Presence::Optional,
          .id_prefix = "prj"},
    Field{.name = "time", .type = Type::Time, .en = "When it was recorded", .zh = "记录时间"},
    Field{.name = "actor",
          .type = Type::Object,
          .en = "Who did it",
          .zh = "操作者",
          .fields = kActor},
    Field{.name = "data",
          .type = Type::Object,
          .en = "Facts needed to follow the change",
          .zh = "理解该变更所需的事实"},
};

inline constexpr std::array kCheckpoint{
    Field{.name = "size",
          .type = Type::Integer,
          .range = {1, kNumberMax, ""},
          .en = "How many events it covers",
          .zh = "涵盖的事件数"},
    Field{.name = "root", .en = "Root of the Merkle tree, base64", .zh = "默克尔树根（base64）"},
    Field{.name = "time", .type = Type::Time, .en = "When it was made", .zh = "生成时间"},
    note("note", "The signed text: keep it", "签名文本，请自行留存"),
};
inline constexpr std::array kCheckpointQuery{kOrder};

inline constexpr std::array kProofQuery{
    Field{.name = "size",
          .type = Type::Integer,
          .range = {1, kNumberMax, ""},
          .en = "Of the checkpoint to prove it in; else the newest one",
          .zh = "所用检查点的规模；默认最新检查点",
          .presence = Presence::Optional}};
inline constexpr std::array kInclusion{
    Field{.name = "event", .type = Type::Object, .en = "The event", .zh = "事件", .fields = kEvent},
    Field{.name = "entry",
          .range = {1, 4 * static_cast<std::int64_t>(kDataBytesMax), "byte"},
          .en = "The event as canonical JSON (RFC 8785), of which the leaf's hash is made",
          .zh = "事件的规范 JSON（RFC 8785），叶哈希由此计算"},
    Field{.name = "leaf_index",
          .type = Type::Integer,
          .range = {0, kNumberMax, ""},
          .en = "Its place in the tree: the number less one",
          .zh = "在树中的位置：编号减一"},
    Field{.name = "leaf_hash",
          .en = "Digest of a zero byte and the entry, base64",
          .zh = "零字节与条目的摘要（base64）"},
    kHashes,
    Field{.name = "checkpoint",
          .type = Type::Object,
          .en = "The checkpoint that it is proved in",
          .zh = "证明所依据的检查点",
          .fields = kCheckpoint},
};

inline constexpr std::array kConsistencyQuery{
    Field{.name = "from",
          .type = Type::Integer,
          .range = {1, kNumberMax, ""},
          .en = "Size of the earlier checkpoint",
          .zh = "较早检查点的规模"},
    Field{.name = "to",
          .type = Type::Integer,
          .range = {1, kNumberMax, ""},
          .en = "Size of the later checkpoint",
          .zh = "较晚检查点的规模"},
};
inline constexpr std::array kConsistency{
    Field{.name = "from",
          .type = Type::Object,
          .en = "The earlier checkpoint",
          .zh = "较早的检查点",
          .fields = kCheckpoint},
    Field{.name = "to",
          .type = Type::Object,
          .en = "The later checkpoint",
          .zh = "较晚的检查点",
          .fields = kCheckpoint},
    kHashes,
};

inline constexpr std::array kTrust{
    Field{.name = "origin", .en = "Name of the log", .zh = "日志名称"},
    Field{.name = "suite", .en = "Suite of algorithms", .zh = "密码套件", .choices = kSuiteNames},
    Field{.name = "digest", .en = "Digest of the tree", .zh = "摘要算法", .choices = kDigestNames},
    Field{.name = "public_key",
          .en = "The key that signs, as `kapok verify --trust` takes it",
          .zh = "签名公钥，用于 kapok verify --trust"},
    Field{.name = "public_key_pem", .en = "The same in PEM", .zh = "PEM 格式的公钥"},
    Field{.name = "verifier_key",
          .en = "The same as tools for signed notes take it",
          .zh = "签名文本（signed note）工具使用的公钥"},
};

}  // namespace fields

inline constexpr std::array<const core::ErrorCode*, 1> kEventErrors{&kUnknownEvent};
inline constexpr std::array<const core::ErrorCode*, 4> kProofErrors{
    &kUnknownEvent, &kUnknownCheckpoint, &kNoCheckpointYet, &kNotCoveredYet};
inline constexpr std::array<const core::ErrorCode*, 1> kCheckpointErrors{&kNoCheckpointYet};
inline constexpr std::array<const core::ErrorCode*, 2> kConsistencyErrors{&kUnknownCheckpoint,
                                                                          &kBackwards};

inline constexpr http::Route kListEvents{.method = http::Method::Get,
                                         .path = "/api/v1/events",
                                         .id = "list_events",
                                         .scope = "event:read",
                                         .en = "Events in the order of their numbers",
                                         .zh = "按编号顺序列出事件",
                                         .query = fields::kEventQuery,
                                         .reply = http::Reply::Page,
                                         .response = fields::kEvent,
                                         .response_name = "Event"};
inline constexpr http::Route kStreamEvents{
    .method = http::Method::Get,
    .path = "/api/v1/events/stream",
    .id = "stream_events",
    .scope = "event:read",
    .en = "Events as they come; each has its number as id, so a broken stream goes on where it was",
    .zh = "实时事件流；以事件编号为 id，断线后可从原处继续",
    .query = fields::kStreamQuery,
    .reply = http::Reply::EventStream,
    .response = fields::kEvent,
    .headers = fields::kStreamHeaders,
    .response_name = "Event"};
inline constexpr http::Route kGetEvent{.method = http::Method::Get,
                                       .path = "/api/v1/events/{sequence}",
                                       .id = "get_event",
                                       .scope = "event:read",
                                       .en = "An event",
                                       .zh = "查询事件",
                                       .path_parameters = fields::kSequencePath,
                                       .response = fields::kEvent,
                                       .errors = kEventErrors,
                                       .response_name = "Event"};
inline constexpr http::Route kProveEvent{
    .method = http::Method::Get,
    .path = "/api/v1/events/{sequence}/proof",
    .id = "prove_event",
    .scope = "event:read",
    .en = "Proof that an event is in a checkpoint (RFC 9162 section 2.1.3)",
    .zh = "事件包含于检查点的证明（RFC 9162 第 2.1.3 节）",
    .path_parameters = fields::kSequencePath,
    .query = fields::kProofQuery,
    .response = fields::kInclusion,
    .errors = kProofErrors};
inline constexpr http::Route kListCheckpoints{.method = http::Method::Get,
                                              .path = "/api/v1/checkpoints",
                                              .id = "list_checkpoints",
                                              .scope = http::kSignedIn,
                                              .en = "Signed checkpoints of the event log",
                                              .zh = "列出审计日志的签名检查点",
                                              .query = fields::kCheckpointQuery,
                                              .reply = http::Reply::Page,
                                              .response = fields::kCheckpoint,
                                              .response_name = "Checkpoint"};
inline constexpr http::Route kGetLatestCheckpoint{.method = http::Method::Get,
                                                  .path = "/api/v1/checkpoints/latest",
                                                  .id = "get_latest_checkpoint",
                                                  .scope = http::kSignedIn,
                                                  .en = "The newest checkpoint",
                                                  .zh = "查询最新检查点",
                                                  .response = fields::kCheckpoint,
                                                  .errors = kCheckpointErrors,
                                                  .response_name = "Checkpoint"};
inline constexpr http::Route kProveConsistency{
    .method = http::Method::Get,
    .path = "/api/v1/checkpoints/consistency",
    .id = "prove_consistency",
    .scope = http::kSignedIn,
    .en = "Proof that a checkpoint goes on from an earlier one (RFC 9162 section 2.1.4)",
    .zh = "检查点由较早检查点延续而来的证明（RFC 9162 第 2.1.4 节）",
    .query = fields::kConsistencyQuery,
    .response = fields::kConsistency,
    .errors = kConsistencyErrors};
inline constexpr http::Route kGetTrust{.method = http::Method::Get,
                                       .path = "/api/v1/trust",
                                       .id = "get_trust",
                                       .scope = http::kPublic,
                                       .en = "Whose signature is under checkpoints and evidence",
                                       .zh = "检查点与证据的签名公钥",
                                       .response = fields::kTrust};

class AuditHandler {
public:
    explicit AuditHandler(AuditService& audit) noexcept : audit_(audit) {}

    // All of the above. The handler outlives the router's last request.
    void add_routes(http::Router& router);

    boost::asio::awaitable<http::Response> list_events(http::Request request);
    boost::asio::awaitable<http::Response> stream_events(http::Request request);
    boost::asio::awaitable<http::Response> get_event(http::Request request);
    boost::asio::awaitable<http::Response> prove_event(http::Request request);
    boost::asio::awaitable<http::Response> list_checkpoints(http::Request request);
    boost::asio::awaitable<http::Response> get_latest_checkpoint(http::Request request);
    boost::asio::awaitable<http::Response> prove_consistency(http::Request request);
    boost::asio::awaitable<http::Response> get_trust(http::Request request);

private:
    AuditService& audit_;
};

}  // namespace kapok::audit
