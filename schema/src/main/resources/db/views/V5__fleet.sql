-- What listings of a host and of the fleet ask for, with the same meaning of positions as in V1. What the new columns and the
-- new table hold is only in the log: rows that were written before are built anew by a replay.

alter table snapshot add column actor text;
-- the bytes of the saved memory, which is all that the log tells of sizes
alter table snapshot add column size bigint;

-- How far each living snapshot is below its root. Kept apart and without a past, since one snapshot that goes moves all below.
create table snapshot_depth (
    domain uuid    not null,
    name   text    not null collate "C",
    depth  integer not null,
    primary key (domain, name)
);

create index snapshot_depth_order on snapshot_depth (depth, domain, name);

drop index snapshot_living;
create unique index snapshot_living on snapshot (domain, name) include (parent) where to_position is null;
create index snapshot_created on snapshot (created_at, domain, name) where to_position is null;
create index snapshot_named on snapshot (name, domain) where to_position is null;
-- what has no size comes last both ways
create index snapshot_smallest on snapshot (coalesce(size, 9223372036854775807), domain, name) where to_position is null;
create index snapshot_largest on snapshot (coalesce(size, -1), domain, name) where to_position is null;
create index snapshot_state on snapshot (state, created_at) where to_position is null;
create index snapshot_location on snapshot (location, created_at) where to_position is null;
-- what others name may be longer than what a b-tree takes
create index snapshot_actor on snapshot (left(actor, 100), created_at) where to_position is null;
create index snapshot_ended on snapshot (to_position) where to_position is not null;
create index snapshot_held on snapshot (domain, to_position);

-- Texts are found by their trigrams, where the server has the extension and lets us have it; else they are looked through.
do $$
begin
    if not exists (select from pg_extension where extname = 'pg_trgm') then
        create extension pg_trgm schema public;
    end if;
    execute format('create index snapshot_text on %I.snapshot using gin ((name collate "default" || '' '' || coalesce(description, '''')) %I.gin_trgm_ops) '
        || 'where to_position is null', current_schema(),
        (select n.nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_trgm'));
exception
    when insufficient_privilege or undefined_file or feature_not_supported or duplicate_object or unique_violation then
        raise notice 'texts are searched without an index: %', sqlerrm;
end $$;

create index domain_host on domain ((definition ->> 'host')) where to_position is null;
create index domain_name on domain (name, from_position);
create index domain_held on domain (id, to_position);
create index domain_ended on domain (to_position) where to_position is not null;
create index layer_held on layer (domain, to_position);
create index moment_at on moment (at, position);

-- Operations --------------------------------------------------------------------------------------------------------------

-- the operation that this one takes back, or tidies up after
alter table operation add column undoes uuid;
create index operation_undoes on operation (undoes) where undoes is not null;
create index operation_requested on operation (requested_position);
create index operation_host on operation (host, requested_position);
create index operation_state on operation (state, requested_position);

-- Audit -------------------------------------------------------------------------------------------------------------------

drop index audit_actor;
drop index audit_rejected;
create index audit_actor on audit (left(actor, 100), at);
create index audit_source on audit (left(source, 100), at);
create index audit_type on audit (left(type, 100), at);
create index audit_snapshot on audit (snapshot, at) where snapshot is not null;
create index audit_rare on audit (outcome, position) where outcome in ('REJECTED', 'FAILED', 'REPEATED');
create index audit_operation on audit (operation, position) where operation is not null;
