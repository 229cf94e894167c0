-- Never updated, never deleted: what the platform saw of itself, and from when on it counts. Labels
-- are a JSON list in the order of the series' dimensions.
create table registry_observation (
    number {serial} primary key,
    series text not null,
    subject text not null,
    organization_id {id},
    labels text not null,
    value bigint not null,
    observed_at bigint not null
);
create index registry_observation_by_series on registry_observation (series, observed_at, number);

-- The newest observation of each subject that has not ended.
create table registry_level (
    series text not null,
    subject text not null,
    organization_id {id},
    labels text not null,
    value bigint not null,
    observed_at bigint not null,
    primary key (series, subject)
);

-- Since when the sampler looks, and when it did last. What nobody looked at is unknown.
create table registry_watch (
    id bigint primary key check (id = 1),
    first_at bigint not null,
    last_at bigint not null
);
