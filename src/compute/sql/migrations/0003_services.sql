-- A job that serves until it is stopped; its row in compute_service says what and how far it is.
alter table compute_job add column service bigint not null default 0;

create table compute_service (
    job_id {id} not null primary key,
    serving text not null,
    ready_attempt bigint not null,
    ready_at bigint,
    url text not null,
    warm_up_ms bigint not null,
    tokens_per_s_milli bigint not null,
    restarts bigint not null,
    failures bigint not null,
    problem text not null,
    not_before bigint not null
);
