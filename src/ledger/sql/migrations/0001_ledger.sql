-- The newest transfer's number and time. Every command that posts locks this one row first, so that
-- numbers have no gap, their order is that of the commits, and no two servers wait for each other's
-- accounts in a circle.
create table ledger_head (
    id bigint primary key check (id = 1),
    sequence bigint not null,
    created_at bigint not null
);
insert into ledger_head (id, sequence, created_at) values (1, 0, 0);

create table ledger_account (
    number {serial} primary key,
    id {id} not null,
    unit text not null,
    normal_side text not null check (normal_side in ('debit', 'credit')),
    overdraft text not null check (overdraft in ('allowed', 'refused')),
    code text not null,
    organization_id {id} not null,
    project_id {id},
    name text not null,
    created_at bigint not null
);
create unique index ledger_account_by_id on ledger_account (id);
create index ledger_account_by_organization on ledger_account (organization_id, number);

-- What stands on each account, and its newest transfer: all that posting needs to know of it, under
-- one key, apart from what only people read. `floor` names the side that must not outweigh the other:
-- the database itself refuses what the rules should have.
create table ledger_balance (
    account_id {id} primary key,
    account bigint not null,
    unit text not null,
    floor text check (floor in ('debit', 'credit')),
    debits_posted bigint not null check (debits_posted >= 0),
    debits_pending bigint not null check (debits_pending >= 0),
    credits_posted bigint not null check (credits_posted >= 0),
    credits_pending bigint not null check (credits_pending >= 0),
    transfers bigint not null,
    last_sequence bigint not null,
    check (floor is null
        or (floor = 'debit' and credits_posted - debits_posted - debits_pending >= 0)
        or (floor = 'credit' and debits_posted - credits_posted - credits_pending >= 0))
) {without_rowid};

-- Never updated, never deleted. The last eight columns are what stood on the two accounts right
-- after, so that statements and questions about the past need no summing. `debit_previous` is the
-- transfer before this one of the debited account, 0 if this is its first: each account's transfers
-- are a chain. An index by account would cost a page of its own for nearly every transfer.
create table ledger_transfer (
    sequence bigint primary key,
    id {id} not null,
    kind text not null,
    debit_account bigint not null,
    credit_account bigint not null,
    amount bigint not null check (amount > 0),
    code text not null,
    hold bigint,
    created_at bigint not null,
    expires_at bigint,
    reference {id},
    reference_text text not null,
    debit_previous bigint not null,
    credit_previous bigint not null,
    debit_debits_posted bigint not null,
    debit_debits_pending bigint not null,
    debit_credits_posted bigint not null,
    debit_credits_pending bigint not null,
    credit_debits_posted bigint not null,
    credit_debits_pending bigint not null,
    credit_credits_posted bigint not null,
    credit_credits_pending bigint not null
);
create unique index ledger_transfer_by_id on ledger_transfer (id);
create unique index ledger_transfer_by_hold on ledger_transfer (hold) where hold is not null;
create index ledger_transfer_by_reference on ledger_transfer (reference)
    where reference is not null;

-- Every 64th transfer of each account: where to start along its chain.
create table ledger_waypoint (
    account bigint not null,
    sequence bigint not null,
    primary key (account, sequence)
) {without_rowid};

-- The holds that are open, by the sequence of their transfer.
create table ledger_hold (
    sequence bigint primary key,
    expires_at bigint
);
create index ledger_hold_by_expiry on ledger_hold (expires_at) where expires_at is not null;
