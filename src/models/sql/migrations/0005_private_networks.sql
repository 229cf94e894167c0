-- Whether a deployment's url may lead into a private network: an operator of the platform asked for it.
-- Those of before stay as they were.
alter table models_deployment add column private_network bigint not null default 1;
