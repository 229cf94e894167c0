#include "identity/testing/route_matrix.h"

#include <algorithm>
#include <set>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "core/timestamp.h"
#include "platform/http/query.h"

namespace kapok::identity {
namespace {

namespace http = platform::http;
namespace json = boost::json;

// Makes requests that would be good ones, were they the victim's own.
class Forger {
public:
    Forger(const MatrixPlan& plan, std::set<std::string>& missing)
        : plan_(plan), missing_(missing) {}

    http::Request forge(const http::Route& route) {
        http::Request request;
        request.method = route.method;
        request.path = path(route);
        request.peer = "198.51.100.7";
        std::string query;
        for (const http::Field& field : route.query) {
            if (field.type == http::Type::Id || field.presence == http::Presence::Required) {
                query += query.empty() ? "?" : "&";
                query += std::string(field.name) + "=" + http::percent_encode(text(field));
            }
        }
        request.path += query;
        if (route.body == http::Body::Json) {
            request.headers["content-type"] = "application/json";
            request.body = json::serialize(object(route.request));
        } else if (route.body != http::Body::None) {
            request.body = "{}";
        }
        return request;
    }

private:
    std::string path(const http::Route& route) {
        std::string path;
        for (std::string_view rest = route.path; !rest.empty();) {
            const auto open = std::min(rest.find('{'), rest.size());
            path += rest.substr(0, open);
            rest.remove_prefix(open);
            const auto close = rest.find('}');
            if (close == rest.npos) {
                break;
            }
            path += parameter(route, rest.substr(1, close - 1));
            rest.remove_prefix(close + 1);
        }
        return path;
    }

    std::string parameter(const http::Route& route, std::string_view name) {
        const auto field = std::ranges::find(route.path_parameters, name, &http::Field::name);
        return field == route.path_parameters.end() ? "victim" : http::percent_encode(text(*field));
    }

    std::string victim(std::string_view prefix) {
        const auto id = plan_.victims.find(prefix);
        if (id == plan_.victims.end()) {
            missing_.emplace(prefix);
            return std::string(prefix) + "_00000000000000000000000000";
        }
        return id->second;
    }

    std::string text(const http::Field& field) {
        const json::value made = value(field);
        return made.is_string() ? std::string(made.as_string()) : json::serialize(made);
    }

    json::object object(http::Schema schema) {
        json::object made;
        for (const http::Field& field : schema) {
            const bool refers = field.type == http::Type::Id && field.name != "id";
            if (refers || field.presence == http::Presence::Required) {
                made[field.name] = value(field);
            }
        }
        return made;
    }

    json::value value(const http::Field& field) {
        switch (field.type) {
            case http::Type::Integer:
            case http::Type::Number: return std::max<std::int64_t>(field.range.min, 0);
            case http::Type::String: return string(field);
            case http::Type::Boolean: return true;
            case http::Type::Money: return json::object{{"amount", "1.00"}, {"currency", "CNY"}};
            case http::Type::Time:
                return json::string(core::to_rfc3339(plan_.now + std::chrono::hours(1)));
            case http::Type::Id: return json::string(victim(field.id_prefix));
            case http::Type::Object: return object(field.fields);
            case http::Type::List: return list(field);
            case http::Type::Any: return json::object();
        }
        return nullptr;
    }

    json::value string(const http::Field& field) {
        if (!field.choices.empty()) {
            return json::string(field.choices.front());
        }
        const auto size = static_cast<std::size_t>(std::max<std::int64_t>(field.range.min, 8));
        return json::string(std::string(size, 'x'));
    }

    json::value list(const http::Field& field) {
        http::Field item = field;
        item.type = field.item;
        return json::array{value(item)};
    }

    const MatrixPlan& plan_;
    std::set<std::string>& missing_;
};

bool succeeded(int status) {
    return status >= 200 && status < 300;
}

std::string judge(const http::Route& route, Intruder intruder, const http::Response& response,
                  const MatrixPlan& plan) {
    const bool is_public = route.scope == http::kPublic;
    const bool has_scope = !is_public && route.scope != http::kSignedIn;
    const bool changes = route.method != http::Method::Get;
    const int status = response.status;
    if (status >= 500) {
        return "it fails inside";
    }
    for (const std::string& secret : plan.secrets) {
        const bool insider = intruder == Intruder::LowerRole || intruder == Intruder::NoScope;
        if (!insider && response.body.find(secret) != std::string::npos) {
            return "the answer holds " + secret;
        }
    }
    switch (intruder) {
        case Intruder::Anonymous: return is_public || status == 401 ? "" : "it must be 401";
        case Intruder::RevokedKey:
        case Intruder::ExpiredKey: return status == 401 ? "" : "it must be 401";
        case Intruder::NoScope: return !has_scope || status == 403 ? "" : "it must be 403";
        case Intruder::LowerRole:
            return has_scope && changes && succeeded(status) ? "the change went through" : "";
        case Intruder::OtherTenant:
            return !is_public && !route.path_parameters.empty() && status != 404
                       ? "what is another tenant's must be 404"
                   : has_scope && changes && succeeded(status) ? "the change went through"
                                                               : "";
    }
    return "";
}

}  // namespace

MatrixReport run_matrix(const http::Router& router, const MatrixPlan& plan) {
    MatrixReport report;
    std::set<std::string> missing;
    Forger forger(plan, missing);
    for (const http::Route* route : router.routes()) {
        for (std::size_t i = 0; i < kIntruderNames.size(); ++i) {
            const auto intruder = static_cast<Intruder>(i);
            http::Request request = forger.forge(*route);
            if (intruder != Intruder::Anonymous) {
                request.headers["authorization"] = plan.credentials.at(intruder);
            }
            boost::asio::io_context io;
            auto answer = boost::asio::co_spawn(io, router.handle(std::move(request)),
                                                boost::asio::use_future);
            io.run();
            const http::Response response = answer.get().response;
            ++report.requests;
            if (const std::string why = judge(*route, intruder, response, plan); !why.empty()) {
                report.leaks.push_back({std::string(route->id), intruder, response.status,
                                        why + ": " + response.body});
            }
        }
    }
    report.missing = {missing.begin(), missing.end()};
    return report;
}

}  // namespace kapok::identity
