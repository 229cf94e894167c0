create table compute_site (
    number {serial} primary key,
    id {id} not null,
    organization_id {id} not null,
    name text not null,
    region text not null,
    created_at bigint not null,
    version bigint not null
);
create unique index compute_site_by_id on compute_site (id);
create unique index compute_site_by_name on compute_site (organization_id, name);

-- A node is known by an id that its agent made and keeps; the agent's certificate is bound to it.
create table compute_node (
    number {serial} primary key,
    id {id} not null,
    site_id {id} not null,
    organization_id {id} not null,
    agent_id {id} not null,
    name text not null,
    public_key text not null,
    wish text not null,
    inventory text not null,
    isolation text not null,
    missing_isolation text not null,
    cpu_milli bigint not null,
    memory_bytes bigint not null,
    accelerators text not null,
    boot_id text not null,
    last_seen_at bigint not null,
    report_sequence bigint not null,
    measurement_id {id},
    grade_class text not null,
    standard_unit_ppm bigint not null,
    created_at bigint not null,
    version bigint not null
);
create unique index compute_node_by_id on compute_node (id);
create index compute_node_by_site on compute_node (site_id, number);
create index compute_node_by_agent on compute_node (agent_id);

-- Never updated: the signed document as it came, and the grade that the rules of the day gave.
create table compute_measurement (
    number {serial} primary key,
    id {id} not null,
    node_id {id} not null,
    organization_id {id} not null,
    document text not null,
    public_key text not null,
    signature text not null,
    grade text not null,
    measured_at bigint not null,
    received_at bigint not null
);
create unique index compute_measurement_by_id on compute_measurement (id);
create index compute_measurement_by_node on compute_measurement (node_id, number);

create table compute_job (
    number {serial} primary key,
    id {id} not null,
    organization_id {id} not null,
    project_id {id} not null,
    submitted_by text not null,
    name text not null,
    spec text not null,
    priority bigint not null,
    state text not null,
    attempt bigint not null,
    cancel_requested bigint not null,
    exit_code bigint,
    created_at bigint not null,
    updated_at bigint not null,
    finished_at bigint,
    version bigint not null
);
create unique index compute_job_by_id on compute_job (id);
create index compute_job_by_organization on compute_job (organization_id, number);
create index compute_job_by_state on compute_job (state, priority, number);

-- An attempt without an end is alive as far as anybody can prove.
create table compute_attempt (
    job_id {id} not null,
    attempt bigint not null,
    node_id {id} not null,
    cpu_milli bigint not null,
    memory_bytes bigint not null,
    accelerators bigint not null,
    accelerator_model text not null,
    hold_id {id} not null,
    boot_id text not null,
    dispatched_at bigint not null,
    started_at bigint,
    ends_by bigint not null,
    ended_at bigint,
    exit text,
    exit_code bigint,
    problem text not null,
    usage text not null,
    primary key (job_id, attempt)
);
create index compute_attempt_alive on compute_attempt (node_id, ended_at);

-- What a round was decided from. Kept if one of its decisions is.
create table compute_round (
    number {serial} primary key,
    epoch bigint not null,
    snapshot text not null,
    policy text not null,
    decided_at bigint not null
);

-- A job's decisions in their order; one that says the same as the one before is not kept.
create table compute_decision (
    number {serial} primary key,
    job_id {id} not null,
    attempt bigint not null,
    round_number bigint not null,
    verdict text not null,
    body text not null,
    decided_at bigint not null
);
create index compute_decision_by_job on compute_decision (job_id, number);

-- What a node is told. Its number is the event id of the stream; it stays until the node says that
-- it was done.
create table compute_command (
    number {serial} primary key,
    node_id {id} not null,
    kind text not null,
    body text not null,
    created_at bigint not null,
    done_at bigint
);
create index compute_command_open on compute_command (node_id, done_at, number);

create table compute_log (
    job_id {id} not null,
    attempt bigint not null,
    stream text not null,
    position bigint not null,
    content {blob} not null,
    received_at bigint not null,
    primary key (job_id, attempt, stream, position)
);

-- What an organization uploaded or its jobs made. The bytes are in the object store, under their
-- digest; a row is the right to them.
create table compute_artifact (
    organization_id {id} not null,
    digest text not null,
    bytes bigint not null,
    created_at bigint not null,
    primary key (organization_id, digest)
);

create table compute_output (
    job_id {id} not null,
    attempt bigint not null,
    path text not null,
    digest text not null,
    bytes bigint not null,
    primary key (job_id, attempt, path)
);
