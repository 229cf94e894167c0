-- When what an attempt wrote was removed, because it had been kept for as long as is wanted.
alter table compute_attempt add column log_removed_at bigint;
create index compute_attempt_by_end on compute_attempt (ended_at) where log_removed_at is null;
create index compute_command_by_end on compute_command (done_at);
