-- Deployments on own compute: how they are run, and how far their service is. `slots` is 0 for a
-- server that was there already.
alter table models_deployment add column wanted text not null default 'serving';
alter table models_deployment add column project_id {id};
alter table models_deployment add column context_tokens bigint not null default 0;
alter table models_deployment add column slots bigint not null default 0;
alter table models_deployment add column cpu_milli bigint not null default 0;
alter table models_deployment add column memory_bytes bigint not null default 0;
alter table models_deployment add column accelerators bigint not null default 0;
alter table models_deployment add column idle_stop_s bigint not null default 0;
alter table models_deployment add column service_id {id};
alter table models_deployment add column phase text not null default '';
alter table models_deployment add column node_id {id};
alter table models_deployment add column warm_up_ms bigint not null default 0;
alter table models_deployment add column tokens_per_s_milli bigint not null default 0;
alter table models_deployment add column restarts bigint not null default 0;
alter table models_deployment add column called_at bigint not null default 0;
alter table models_deployment add column changed_at bigint not null default 0;

-- Where a call under way goes, so that a deployment can be drained.
alter table models_call add column deployment_id {id};
create index models_call_by_deployment on models_call (deployment_id);
