#include "models/gateway/openai_error.h"

#include <utility>

#include "exchange/api.h"
#include "models/errors.h"

namespace kapok::models {

OpenAiWords openai_words(const core::ErrorCode& code) {
    if (code == exchange::kInsufficientFunds || code == exchange::kNoWallet) {
        return {"insufficient_quota", "insufficient_quota"};
    }
    if (code == kBatchExpired) {
        return {"batch_error", "batch_expired"};
    }
    if (code == kBatchCancelled) {
        return {"batch_error", "batch_cancelled"};
    }
    if (code == kNoModel) {
        return {"invalid_request_error", "model_not_found"};
    }
    switch (code.kind) {
        case core::ErrorKind::Unauthenticated: return {"invalid_request_error", "invalid_api_key"};
        case core::ErrorKind::PermissionDenied: return {"permission_error", code.name};
        case core::ErrorKind::LimitExceeded: return {"rate_limit_error", "rate_limit_exceeded"};
        case core::ErrorKind::Internal:
        case core::ErrorKind::Unavailable:
        case core::ErrorKind::Timeout: return {"server_error", code.name};
        case core::ErrorKind::InvalidArgument:
        case core::ErrorKind::NotFound:
        case core::ErrorKind::Conflict:
        case core::ErrorKind::PreconditionFailed:
        case core::ErrorKind::TooLarge:
        case core::ErrorKind::Unprocessable: return {"invalid_request_error", code.name};
    }
    std::unreachable();  // -Wswitch names any kind that is added and forgotten here.
}

int openai_status(const core::ErrorCode& code) {
    const core::ErrorKind kind =
        code == exchange::kNoWallet ? exchange::kInsufficientFunds.kind : code.kind;
    return core::http_status(kind);
}

boost::json::object openai_error_object(const core::Error& error, core::Language language) {
    const auto [type, code] = openai_words(error.code());
    boost::json::object body{{"message", core::render(error, language)},
                             {"type", type},
                             {"param", nullptr},
                             {"code", code}};
    if (const auto& pointer = error.pointer(); pointer && pointer->size() > 1) {
        body["param"] = pointer->substr(1);
    }
    return body;
}

}  // namespace kapok::models
