-- The rows of every projection; migrated twice, into the schemas views_a and views_b. All of it can be thrown away and built
-- anew from the log. A row with from_position and to_position holds for the log from the one up to before the other;
-- to_position is null while it holds.

-- Snapshots: the domains with their layers and snapshots ------------------------------------------------------------------

create table domain (
    id               uuid   not null,
    from_position    bigint not null,
    to_position      bigint,
    name             text   not null,
    definition       jsonb  not null,
    run_state        text,
    current_snapshot text,
    operation        uuid,
    primary key (id, from_position)
);

create unique index domain_living on domain (id) where to_position is null;
create index domain_living_name on domain (name collate "C", id) where to_position is null;

create table layer (
    domain        uuid    not null,
    path          text    not null,
    from_position bigint  not null,
    to_position   bigint,
    target        text    not null,
    format        text    not null,
    backing       text,
    origin        text    not null,
    active        boolean not null
);

-- a path may be longer than what a b-tree takes
create index layer_path on layer using hash (path);
create index layer_domain on layer (domain, from_position);
create index layer_living on layer (domain) where to_position is null;

create table snapshot (
    domain        uuid        not null,
    name          text        not null collate "C",
    from_position bigint      not null,
    to_position   bigint,
    description   text,
    parent        text collate "C",
    created_at    timestamptz not null,
    state         text        not null,
    location      text        not null,
    memory        jsonb       not null,
    disks         jsonb       not null,
    definition    jsonb       not null,
    children      integer     not null,
    metadata      boolean     not null,
    consumed_by   uuid,
    extras        jsonb,
    primary key (domain, name, from_position)
);

create unique index snapshot_living on snapshot (domain, name) where to_position is null;
create index snapshot_parent on snapshot (domain, parent) where to_position is null;
create index snapshot_roots on snapshot (domain, name) where to_position is null and parent is null;
create index snapshot_leaves on snapshot (domain, name) where to_position is null and children = 0;
create index snapshot_inactive on snapshot (domain, name) where to_position is null and state = 'SHUTOFF';
create index snapshot_disk_only on snapshot (domain, name) where to_position is null and state = 'DISK_SNAPSHOT';
create index snapshot_internal on snapshot (domain, name) where to_position is null and location in ('INTERNAL', 'NONE');
create index snapshot_mixed on snapshot (domain, name) where to_position is null and location = 'MIXED';

-- Every event of a domain: from its own sequence, or a time, to the position in the log.
create table moment (
    domain   uuid        not null,
    sequence bigint      not null,
    position bigint      not null,
    at       timestamptz not null,
    primary key (domain, position)
);

create index moment_sequence on moment (domain, sequence);

-- Operations --------------------------------------------------------------------------------------------------------------

create table operation (
    id                 uuid        not null primary key,
    requested_position bigint      not null,
    domain             uuid        not null,
    host               text        not null,
    command            text        not null,
    snapshot           text,
    state              text        not null,
    attempt            integer     not null,
    percent            integer     not null,
    steps              jsonb       not null,
    requested_at       timestamptz not null,
    ended_at           timestamptz,
    paused_millis      bigint,
    frozen_millis      bigint,
    code               text,
    message            text,
    leftovers          jsonb       not null
);

create index operation_domain on operation (domain, requested_position);

-- Audit -------------------------------------------------------------------------------------------------------------------

create table audit (
    position    bigint      not null primary key,
    at          timestamptz not null,
    domain      uuid,
    snapshot    text,
    kind        text        not null,
    type        text        not null,
    outcome     text        not null,
    actor       text,
    source      text,
    correlation text,
    operation   uuid,
    reason      text,
    code        text,
    message     text
);

create index audit_domain on audit (domain, position);
-- what others name may be longer than what a b-tree takes
create index audit_actor on audit using hash (actor);
create index audit_correlation on audit using hash (correlation);
create index audit_rejected on audit (position) where outcome in ('REJECTED', 'FAILED');
create index audit_at on audit (at);
