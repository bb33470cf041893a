-- Snapshots of which the ledger keeps no description are few, or none.
create index snapshot_bare on snapshot (domain, name) where to_position is null and not metadata;
