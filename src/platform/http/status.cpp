#include "platform/http/status.h"

#include "platform/errors.h"

namespace kapok::platform::http {

int status_of(const core::ErrorCode& code) {
    if (code == kMethodNotAllowed) {
        return 405;
    }
    if (code == kRequestTimeout) {
        return 408;
    }
    if (code == kMediaType) {
        return 415;
    }
    if (code == kHeadersTooLarge) {
        return 431;
    }
    return core::http_status(code.kind);
}

}  // namespace kapok::platform::http
