-- The secret of a round, with which the ids in its snapshot are replaced where others see it. Rounds
-- of before have none, and nothing in the audit log that it would open.
alter table compute_round add column blinding text not null default '';
