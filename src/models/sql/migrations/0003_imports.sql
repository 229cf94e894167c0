alter table models_model add column file text not null default '';
alter table models_model add column bytes bigint not null default 0;
alter table models_model add column quality text not null default '';

-- Files of weights on their way into the catalogue. What is here of one lies in a file of its
-- server.
create table models_import (
    number {serial} primary key,
    id {id} not null,
    organization_id {id} not null,
    server text not null,
    model_id {id} not null,
    name text not null,
    description text not null,
    license text not null,
    source text not null,
    expected_sha256 text not null,
    capability text not null,
    context_window bigint not null,
    private_network bigint not null,
    state text not null,
    received bigint not null check (received >= 0),
    total bigint,
    etag text not null,
    sha256 text not null,
    problem_code text not null,
    problem_parameters text not null,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index models_import_by_id on models_import (id);
create index models_import_by_server on models_import (server, state);
