// The last step: a bundle of all that the tour did, checked by a program that has nothing but the
// bundle and the public key.

#include <fstream>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include "app/cli/json_text.h"
#include "app/errors.h"
#include "app/tour/tour.h"
#include "platform/process/command.h"

namespace kapok::app::tour {

namespace fs = std::filesystem;
namespace http = platform::http;
namespace json = boost::json;
namespace process = platform::process;

using cli::text_at;
using core::Result;

namespace {

constexpr std::chrono::minutes kVerifyLimit{2};

Result<void> write_file(const fs::path& file, std::string_view bytes) {
    std::error_code fault;
    if (file.has_parent_path()) {
        fs::create_directories(file.parent_path(), fault);
    }
    std::ofstream stream(file, std::ios::binary | std::ios::trunc);
    stream << bytes;
    stream.close();
    if (!stream) {
        return core::fail(kCannotWrite, {{"file", file.string()}, {"reason", "write"}});
    }
    return {};
}

}  // namespace

Outcome Tour::prove() {
    const Answer trust = ask(http::Method::Get, "/api/v1/trust");
    if (!trust) {
        return std::unexpected(trust.error());
    }
    const std::string key = text_at(*trust, "/public_key");
    const auto bundle =
        cli::call(operator_, invocation_, {http::Method::Get, "/api/v1/evidence/" + project_, ""});
    if (!bundle) {
        return std::unexpected(bundle.error());
    }
    if (bundle->status >= 400) {
        return core::fail(kServerRefused, {{"detail", text_at(bundle->body, "/detail")}});
    }
    if (const auto written = write_file(options_.evidence, bundle->raw); !written) {
        return std::unexpected(written.error());
    }
    process::Command command;
    command.arguments = {"/proc/self/exe",
                         "verify",
                         fs::absolute(options_.evidence).string(),
                         "--trust",
                         key,
                         "-o",
                         "json"};
    command.timeout = kVerifyLimit;
    const auto checked = process::run_command(command);
    if (!checked) {
        return std::unexpected(checked.error());
    }
    boost::system::error_code fault;
    json::value report = json::parse(checked->output, fault);
    if (fault || checked->status.code != 0) {
        return core::fail(kNotProven, {{"file", options_.evidence.string()},
                                       {"why", checked->output + checked->error}});
    }
    return json::object{{"file", options_.evidence.string()},
                        {"bytes", bundle->raw.size()},
                        {"trusted_key", key},
                        {"report", std::move(report)}};
}

}  // namespace kapok::app::tour
