create table models_model (
    number {serial} primary key,
    id {id} not null,
    provider_id {id} not null,
    name text not null,
    description text not null,
    license text not null,
    source text not null,
    revision text not null,
    context_window bigint not null check (context_window > 0),
    embedding_dimension bigint not null check (embedding_dimension >= 0),
    created_at bigint not null
);
create unique index models_model_by_id on models_model (id);
create unique index models_model_by_name on models_model (name);

create table models_deployment (
    number {serial} primary key,
    id {id} not null,
    model_id {id} not null,
    organization_id {id} not null,
    upstream text not null,
    url text not null,
    state text not null,
    detail text not null,
    created_at bigint not null
);
create unique index models_deployment_by_id on models_deployment (id);
create index models_deployment_by_model on models_deployment (model_id, state);

-- Calls under way: what is held for them and how far they have come, so that a server that dies
-- leaves nothing unsettled. A row goes when its call is settled.
create table models_call (
    id {id} not null primary key,
    server text not null,
    model_id {id} not null,
    product_id {id} not null,
    organization_id {id} not null,
    project_id {id} not null,
    request text not null,
    prompt_tokens bigint not null,
    completion_tokens bigint not null,
    started_at bigint not null,
    progressed_at bigint not null
);
create index models_call_by_server on models_call (server);
