create table exchange_product (
    number {serial} primary key,
    id {id} not null,
    provider_id {id} not null,
    kind text not null,
    name text not null,
    subject text not null,
    grade text not null,
    created_at bigint not null
);
create unique index exchange_product_by_id on exchange_product (id);
create unique index exchange_product_by_name on exchange_product (provider_id, name);
create unique index exchange_product_by_subject on exchange_product (kind, subject);

-- Versions, never updated: what a usage record was rated with can be read for ever.
create table exchange_price (
    number {serial} primary key,
    id {id} not null,
    product_id {id} not null,
    meter text not null,
    unit text not null,
    amount_micros bigint not null check (amount_micros >= 0),
    currency text not null,
    per_count bigint not null check (per_count > 0),
    valid_from bigint not null,
    author text not null,
    created_at bigint not null
);
create unique index exchange_price_by_id on exchange_price (id);
create index exchange_price_by_product on exchange_price (product_id, meter, valid_from);

-- Which account of the ledger plays which part for whom: a project's wallet, a provider's payable,
-- the platform's cash.
create table exchange_account (
    owner_id {id} not null,
    code text not null,
    currency text not null,
    account_id {id} not null,
    primary key (owner_id, code, currency)
);

create table exchange_hold (
    number {serial} primary key,
    id {id} not null,
    organization_id {id} not null,
    project_id {id} not null,
    product_id {id} not null,
    amount_micros bigint not null check (amount_micros >= 0),
    currency text not null,
    reference text not null,
    created_at bigint not null
);
create unique index exchange_hold_by_id on exchange_hold (id);

-- Never updated. The same record again is not added; another content under its id is refused.
create table exchange_usage (
    number {serial} primary key,
    id {id} not null,
    product_id {id} not null,
    meter text not null,
    subject text not null,
    organization_id {id} not null,
    project_id {id} not null,
    unit text not null,
    quantity bigint not null check (quantity >= 0),
    window_start bigint not null,
    window_end bigint not null,
    source text not null,
    evidence text not null,
    recorded_at bigint not null
);
create unique index exchange_usage_by_id on exchange_usage (id);
create index exchange_usage_by_project on exchange_usage (project_id, number);
create index exchange_usage_by_subject on exchange_usage (subject);

-- What one record cost, at which price version, and with which settlement it was taken.
create table exchange_charge (
    number {serial} primary key,
    usage_id {id} not null,
    price_id {id} not null,
    settlement_id {id} not null,
    organization_id {id} not null,
    project_id {id} not null,
    amount_micros bigint not null check (amount_micros >= 0),
    currency text not null,
    charged_at bigint not null
);
create unique index exchange_charge_by_usage on exchange_charge (usage_id);
create index exchange_charge_by_project on exchange_charge (project_id, charged_at, number);

-- How the charges of one settlement were met: total = captured + posted + written off. Its id is the
-- hold's, or that of the first record where there was no hold.
create table exchange_settlement (
    number {serial} primary key,
    id {id} not null,
    organization_id {id} not null,
    project_id {id} not null,
    currency text not null,
    total_micros bigint not null,
    captured_micros bigint not null,
    posted_micros bigint not null,
    written_off_micros bigint not null,
    settled_at bigint not null,
    check (total_micros = captured_micros + posted_micros + written_off_micros)
);
create unique index exchange_settlement_by_id on exchange_settlement (id);
create index exchange_settlement_by_project on exchange_settlement (project_id, settled_at);

-- What came into a wallet or was taken back, other than by charges: top-ups and credit.
create table exchange_payment (
    number {serial} primary key,
    id {id} not null,
    project_id {id} not null,
    kind text not null,
    amount_micros bigint not null,
    currency text not null,
    reference text not null,
    paid_at bigint not null
);
create unique index exchange_payment_by_id on exchange_payment (id);
create index exchange_payment_by_project on exchange_payment (project_id, paid_at);
