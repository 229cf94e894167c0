#pragma once

// What `kapok config show` says of the limits of what comes over a connection: every constant of
// limits.h that is no setting, as tidy checks, with its unit and its meaning.

#include <array>

#include "core/limit.h"
#include "platform/http/limits.h"

namespace kapok::platform::http {

inline constexpr std::array kLimitTable{
    core::limit("http.json_bytes_max", kJsonBytesMax, "byte",
                "Of a JSON body, where the operation says nothing else",
                "JSON 请求体的长度（操作另有规定的除外）"),
    core::limit("http.raw_bytes_max", kRawBytesMax, "byte",
                "Of any other body, where the operation says nothing else",
                "其他请求体的长度（操作另有规定的除外）"),
    core::limit("http.json_depth_max", kJsonDepthMax, "level", "Nesting of a JSON body",
                "JSON 请求体的嵌套层数"),
    core::limit("http.string_bytes_default", kStringBytesDefault, "byte",
                "Of a text without a range of its own", "未另行规定的文本长度"),
    core::limit("http.items_default", kItemsDefault, "item", "Of a list without a range of its own",
                "未另行规定的列表项数"),
    core::limit("http.shown_bytes_max", kShownBytesMax, "byte", "Of a caller's value in an error",
                "错误信息中显示的取值长度"),
    core::limit("http.request_id_bytes_max", kRequestIdBytesMax, "byte", "Of a request id",
                "请求编号的长度"),
    core::limit("http.cursor_bytes_max", kCursorBytesMax, "byte", "Of a cursor", "游标的长度"),
    core::time_limit("http.peer_silent_max", kPeerSilentMax,
                     "How long a peer's host may acknowledge nothing before its connection ends",
                     "对端主机不作任何确认时，连接保留的最长时间"),
};

}  // namespace kapok::platform::http
