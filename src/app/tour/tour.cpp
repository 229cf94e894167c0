#include "app/tour/tour.h"

#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "app/cli/json_text.h"
#include "app/errors.h"
#include "platform/db/bell.h"

namespace kapok::app::tour {

namespace http = platform::http;
namespace json = boost::json;

using cli::text_at;
using core::Result;

namespace {

constexpr std::chrono::milliseconds kLookAgain{100};

// A platform answer says `detail`, an answer of the gateway `error.message`.
std::string said_by(const cli::RemoteAnswer& answer) {
    for (const char* place : {"/detail", "/error/message"}) {
        if (std::string text = text_at(answer.body, place); !text.empty()) {
            return text;
        }
    }
    return fmt::format("HTTP {}", answer.status);
}

Result<json::value> body_of(Result<cli::RemoteAnswer> answer) {
    if (!answer) {
        return std::unexpected(answer.error());
    }
    if (answer->status >= 400) {
        return core::fail(kServerRefused, {{"detail", said_by(*answer)}});
    }
    return std::move(answer->body);
}

}  // namespace

Tour::Answer Tour::ask(http::Method method, std::string path, const json::value& body) {
    cli::RemoteCall request{method, std::move(path), body.is_null() ? "" : json::serialize(body)};
    return body_of(cli::call(operator_, invocation_, request));
}

Tour::Answer Tour::ask_as_project(cli::RemoteCall call) {
    return body_of(cli::call(project_profile_, invocation_, call));
}

Tour::Answer Tour::find_in(const std::string& path, std::string_view member,
                           std::string_view value) {
    const std::string pointer = fmt::format("/{}", member);
    std::string cursor;
    do {
        const char separator = path.contains('?') ? '&' : '?';
        const std::string page = fmt::format("{}{}limit=100{}", path, separator,
                                             cursor.empty() ? "" : "&cursor=" + cursor);
        const Answer answer = ask(http::Method::Get, page);
        if (!answer) {
            return answer;
        }
        for (const json::value& item : cli::list_at(*answer, "/items")) {
            if (text_at(item, pointer) == value) {
                return item;
            }
        }
        cursor = text_at(*answer, "/next_cursor");
    } while (!cursor.empty());
    return json::value();
}

void Tour::pause(std::chrono::milliseconds time) const {
    boost::asio::io_context io;
    boost::asio::co_spawn(io, platform::db::pause(time), boost::asio::detached);
    io.run();
}

Tour::Answer Tour::wait_for(const std::string& path, std::chrono::seconds limit,
                            const std::function<bool(const json::value&)>& done) {
    const core::Timestamp end = clock_.now() + limit;
    for (;;) {
        Answer answer = ask(http::Method::Get, path);
        if (!answer || done(*answer)) {
            return answer;
        }
        if (clock_.now() > end) {
            return core::fail(kTookTooLong, {{"what", path},
                                             {"seconds", std::to_string(limit.count())},
                                             {"state", text_at(*answer, "/state")}});
        }
        pause(kLookAgain);
    }
}

std::vector<Step> all_steps() {
    return {
        {"enrol", "This host joins as a node", "本机入网成为节点", "nodes", &Tour::enrol},
        {"measure", "Measure it", "实测", "nodes", &Tour::measure},
        {"grade", "Grade it", "分级", "nodes", &Tour::grade},
        {"sell", "Publish products and prices", "发布产品与价格", "nodes", &Tour::sell_compute},
        {"project", "Organization, project, wallet, key", "机构、项目、钱包与密钥", "bill",
         &Tour::open_project},
        {"deploy", "Import and deploy the model", "导入并部署模型", "models", &Tour::deploy},
        {"chat", "Chat, answers at once", "对话（整段返回）", "playground", &Tour::chat},
        {"stream", "Chat, answers as they are made", "对话（流式返回）", "playground",
         &Tour::stream},
        {"job", "A job counts the words of real text", "作业：统计真实文本的词与字", "jobs",
         &Tour::run_job},
        {"batch", "A batch of prompts", "批量调用", "models", &Tour::run_batch},
        {"statement", "The bill", "对账单", "bill", &Tour::bill},
        {"trial_balance", "Trial balance", "试算平衡", "ledger", &Tour::balance},
        {"evidence", "Evidence, checked offline", "证据包离线核验", "events", &Tour::prove},
    };
}

}  // namespace kapok::app::tour
