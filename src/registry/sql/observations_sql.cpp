#include <string>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "registry/observations.h"

namespace kapok::registry {
namespace {

using platform::db::Row;
using platform::db::Value;

constexpr std::string_view kInsert =
    "insert into registry_observation (series, subject, organization_id, labels, value, "
    "observed_at) values (?, ?, ?, ?, ?, ?)";
constexpr std::string_view kObservations =
    "select number, series, subject, organization_id, labels, value, observed_at "
    "from registry_observation where series = ? and observed_at > ? and observed_at <= ?";
constexpr std::string_view kLevels =
    "select 0, series, subject, organization_id, labels, value, observed_at from registry_level "
    "order by series, subject";
constexpr std::string_view kSaveLevel =
    "insert into registry_level (series, subject, organization_id, labels, value, observed_at) "
    "values (?, ?, ?, ?, ?, ?) on conflict (series, subject) do update set "
    "organization_id = excluded.organization_id, labels = excluded.labels, "
    "value = excluded.value, observed_at = excluded.observed_at";
constexpr std::string_view kEndLevel =
    "delete from registry_level where series = ? and subject = ?";
constexpr std::string_view kFindWatch = "select first_at, last_at from registry_watch where id = 1";
constexpr std::string_view kSaveWatch =
    "insert into registry_watch (id, first_at, last_at) values (1, ?, ?) "
    "on conflict (id) do update set last_at = excluded.last_at";

core::Result<void> done(const core::Result<std::int64_t>& executed) {
    return executed ? core::Result<void>() : std::unexpected(executed.error());
}

std::string labels_text(const Labels& labels) {
    boost::json::array list;
    for (const std::string& label : labels) {
        list.emplace_back(label);
    }
    return boost::json::serialize(list);
}

Labels read_labels(std::string_view text) {
    Labels labels;
    for (const auto& label : boost::json::parse(text).as_array()) {
        labels.emplace_back(label.as_string());
    }
    return labels;
}

Observation read_observation(const Row& row) {
    return {std::string(row.text(1)),
            std::string(row.text(2)),
            row.id_if<core::OrganizationId>(3).value_or(core::OrganizationId()),
            read_labels(row.text(4)),
            row.integer(5),
            row.time(6),
            row.integer(0)};
}

std::vector<Value> values_of(const Observation& observation) {
    const auto owner =
        observation.organization.is_zero() ? std::nullopt : std::optional(observation.organization);
    return {observation.series, observation.subject, owner, labels_text(observation.labels),
            observation.value,  observation.at};
}

}  // namespace

core::Result<void> insert_observation(Transaction& transaction, const Observation& observation) {
    return done(transaction.execute(kInsert, values_of(observation)));
}

core::Result<void> visit_observations(Reader& reader, std::string_view series,
                                      const core::Scope& scope, const Span& span,
                                      const std::function<void(const Observation&)>& visit) {
    std::string text(kObservations);
    std::vector<Value> values{series, span.after, span.upto};
    if (!scope.everything) {
        text += " and organization_id in (";
        for (const core::OrganizationId organization : scope.organizations) {
            text += "?, ";
            values.emplace_back(organization);
        }
        text += "null)";
    }
    text += " order by observed_at, number";
    return reader.query(text, values, [&](const Row& row) { visit(read_observation(row)); });
}

core::Result<std::vector<Observation>> open_levels(Reader& reader) {
    return reader.list(kLevels, {}, read_observation);
}

core::Result<void> change_level(Transaction& transaction, const Observation& observation) {
    if (auto kept = insert_observation(transaction, observation); !kept) {
        return kept;
    }
    return observation.value == 0
               ? done(transaction.execute(kEndLevel, {observation.series, observation.subject}))
               : done(transaction.execute(kSaveLevel, values_of(observation)));
}

core::Result<std::optional<Watch>> find_watch(Reader& reader) {
    return reader.find(kFindWatch, {},
                       [](const Row& row) { return Watch{row.time(0), row.time(1)}; });
}

core::Result<void> save_watch(Transaction& transaction, const Watch& watch) {
    return done(transaction.execute(kSaveWatch, {watch.first_at, watch.last_at}));
}

}  // namespace kapok::registry
