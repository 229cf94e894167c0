-- What modules published and the sequencer has not numbered yet.
create table audit_outbox (
    id {serial} primary key,
    type text not null,
    subject text not null,
    organization_id {id},
    project_id {id},
    recorded_at bigint not null,
    actor text not null,
    data text not null
);

-- The numbered events. `body` is the canonical JSON that the event's Merkle leaf hashes; the other
-- columns repeat parts of it for filters.
create table audit_event (
    sequence bigint primary key,
    type text not null,
    subject text not null,
    organization_id {id},
    recorded_at bigint not null,
    body text not null
);
create index audit_event_by_organization on audit_event (organization_id, sequence);
create index audit_event_by_type on audit_event (type, sequence);
create index audit_event_by_subject on audit_event (subject, sequence);

-- The Merkle tree in tiles (C2SP tlog-tiles): tile `position` of `level` holds up to 256 hashes,
-- those of the nodes at height 8 * level, from node 256 * position on.
create table audit_tile (
    level bigint not null,
    position bigint not null,
    hashes {blob} not null,
    primary key (level, position)
);

-- The one row says what the log is and how far it has come. `frontier` holds the roots of the
-- perfect subtrees that make up the tree, from left to right.
create table audit_log (
    id bigint primary key,
    origin text not null,
    suite text not null,
    size bigint not null,
    frontier {blob} not null
);

create table audit_checkpoint (
    size bigint primary key,
    made_at bigint not null,
    root {blob} not null,
    note text not null
);
create index audit_checkpoint_by_time on audit_checkpoint (made_at);
