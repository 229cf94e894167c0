-- Balances are kept under the account's number: a group of transfers then writes neighbouring rows
-- instead of pages all over. What is made for a thing is found by its derived id, so an index by
-- reference only cost.

create table ledger_balance_by_number (
    account bigint primary key,
    account_id {id} not null,
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
);
insert into ledger_balance_by_number (account, account_id, unit, floor, debits_posted,
    debits_pending, credits_posted, credits_pending, transfers, last_sequence)
select account, account_id, unit, floor, debits_posted,
    debits_pending, credits_posted, credits_pending, transfers, last_sequence
from ledger_balance;
drop table ledger_balance;
alter table ledger_balance_by_number rename to ledger_balance;
create unique index ledger_balance_by_account_id on ledger_balance (account_id);

drop index ledger_transfer_by_reference;
