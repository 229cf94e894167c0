-- Usage of all projects is summed by time.
create index exchange_charge_by_time on exchange_charge (charged_at);
