-- Organizations, their people, and what people, programs and agents prove themselves with.
-- Secrets are never here: passwords as argon2id, all tokens as keyed hashes.

create table organizations (
    seq {serial},
    id {id} not null unique,
    parent_id {id} references organizations (id),
    name text not null,
    kind text not null,
    status text not null,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index organizations_by_name on organizations (parent_id, name);
create unique index organizations_root on organizations (kind) where kind = 'platform';

create table projects (
    seq {serial},
    id {id} not null unique,
    organization_id {id} not null references organizations (id),
    name text not null,
    description text not null,
    status text not null,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index projects_by_name on projects (organization_id, name);

create table users (
    seq {serial},
    id {id} not null unique,
    organization_id {id} not null references organizations (id),
    name text not null unique,
    display_name text not null,
    status text not null,
    password_hash text not null,
    must_change_password bigint not null,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    last_sign_in_at bigint
);
create index users_by_organization on users (organization_id);

create table user_roles (
    user_id {id} not null references users (id),
    organization_id {id} not null references organizations (id),
    role text not null,
    primary key (user_id, organization_id, role)
);
create index user_roles_by_organization on user_roles (organization_id);

create table sessions (
    seq {serial},
    id {id} not null unique,
    organization_id {id} not null references organizations (id),
    user_id {id} not null references users (id),
    token_hash {blob} not null unique,
    peer text not null,
    created_at bigint not null,
    last_seen_at bigint not null,
    expires_at bigint not null
);
create index sessions_by_user on sessions (user_id);
create index sessions_by_expiry on sessions (expires_at);

create table api_keys (
    seq {serial},
    id {id} not null unique,
    organization_id {id} not null references organizations (id),
    project_id {id} references projects (id),
    name text not null,
    role text not null,
    scopes text not null,
    key_hash {blob} not null,
    made_by {id} references users (id),
    replaces {id} references api_keys (id),
    created_at bigint not null,
    expires_at bigint,
    revoked_at bigint,
    last_used_at bigint,
    version bigint not null
);
create index api_keys_by_organization on api_keys (organization_id);
create index api_keys_by_maker on api_keys (made_by);

create table agents (
    seq {serial},
    id {id} not null unique,
    organization_id {id} not null references organizations (id),
    site_name text not null,
    enrolled_at bigint not null,
    certificate_expires_at bigint not null,
    revoked_at bigint,
    version bigint not null
);
create index agents_by_organization on agents (organization_id);

create table enrollment_tokens (
    seq {serial},
    id {id} not null unique,
    organization_id {id} not null references organizations (id),
    site_name text not null,
    token_hash {blob} not null,
    made_by {id} references users (id),
    created_at bigint not null,
    expires_at bigint not null,
    revoked_at bigint,
    used_at bigint,
    used_with {blob},
    agent_id {id} references agents (id)
);
create index enrollment_tokens_by_organization on enrollment_tokens (organization_id);

-- Guesses at passwords; `subject` is a user name (of a user or not) or a group of addresses.
create table sign_in_attempts (
    kind text not null,
    subject text not null,
    count bigint not null,
    last_at bigint not null,
    primary key (kind, subject)
) {without_rowid};
create index sign_in_attempts_by_time on sign_in_attempts (last_at);

-- Go up with every change that a server's memory of credentials or of the tree must notice.
create table identity_counters (
    name text primary key,
    value bigint not null
);
insert into identity_counters (name, value) values ('credentials', 1);
insert into identity_counters (name, value) values ('tree', 1);

-- The authority that signs agents' certificates; its key is sealed under the master key.
create table certificate_authorities (
    name text primary key,
    certificate text not null,
    sealed_key {blob} not null,
    created_at bigint not null
);

-- Which thing a write made that its client named, so that sending it twice makes one.
create table idempotency_keys (
    caller {id} not null,
    name text not null,
    request {blob} not null,
    result text not null,
    expires_at bigint not null,
    primary key (caller, name)
) {without_rowid};
create index idempotency_keys_by_expiry on idempotency_keys (expires_at);
