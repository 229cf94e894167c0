-- Files: their bytes are objects, and the row outlives the object, so that none is forgotten.
create table models_file (
    number {serial} primary key,
    id {id} not null,
    organization_id {id} not null,
    project_id {id} not null,
    purpose text not null,
    name text not null,
    bytes bigint not null check (bytes >= 0),
    state text not null,
    created_at bigint not null,
    expires_at bigint
);
create unique index models_file_by_id on models_file (id);
create index models_file_by_project on models_file (project_id, number);
create index models_file_by_state on models_file (state, number);

create table models_batch (
    number {serial} primary key,
    id {id} not null,
    organization_id {id} not null,
    project_id {id} not null,
    creator text not null,
    endpoint text not null,
    input_file_id {id} not null,
    metadata text not null,
    language text not null,
    state text not null,
    outcome text not null,
    total bigint not null,
    completed bigint not null,
    failed bigint not null,
    errors text not null,
    output_file_id {id},
    error_file_id {id},
    output_lifetime_s bigint,
    idempotency_key text,
    created_at bigint not null,
    expires_at bigint not null,
    in_progress_at bigint,
    finalizing_at bigint,
    cancelling_at bigint,
    ended_at bigint
);
create unique index models_batch_by_id on models_batch (id);
create index models_batch_by_project on models_batch (project_id, number);
create unique index models_batch_by_key on models_batch (project_id, idempotency_key);
create index models_batch_by_state on models_batch (state, number);

-- The calls of a batch, until their results are in its files. An attempt that is under way has its
-- hold and its row in models_call under an id that derives from batch, line and attempt.
create table models_batch_line (
    batch_id {id} not null,
    line bigint not null,
    custom_id text not null,
    place bigint not null,
    bytes bigint not null,
    state text not null,
    attempt bigint not null,
    ready_at bigint not null,
    status bigint not null,
    answer text not null,
    error text not null,
    primary key (batch_id, line)
);
create index models_batch_line_by_state on models_batch_line (batch_id, state, line);
