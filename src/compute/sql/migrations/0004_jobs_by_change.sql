-- How long the job waits that has waited longest, however many wait.
create index compute_job_by_change on compute_job (state, updated_at);
