-- A key names a write for the whole organization of its caller, so that a write which another of its
-- people or programs sends again is done once. Keys under way keep their meaning.
alter table idempotency_keys rename column caller to organization_id;
insert into idempotency_keys (organization_id, name, request, result, expires_at)
select users.organization_id, kept.name, kept.request, kept.result, kept.expires_at
from idempotency_keys kept join users on users.id = kept.organization_id
where true on conflict (organization_id, name) do nothing;
insert into idempotency_keys (organization_id, name, request, result, expires_at)
select api_keys.organization_id, kept.name, kept.request, kept.result, kept.expires_at
from idempotency_keys kept join api_keys on api_keys.id = kept.organization_id
where true on conflict (organization_id, name) do nothing;
delete from idempotency_keys where organization_id not in (select id from organizations);
