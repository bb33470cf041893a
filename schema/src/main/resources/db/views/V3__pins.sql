-- What operations that can be taken back keep.
create table pin (
    domain        uuid        not null,
    operation     uuid        not null,
    from_position bigint      not null,
    to_position   bigint,
    until         timestamptz not null,
    snapshots     jsonb       not null,
    files         jsonb       not null,
    tags          jsonb       not null,
    primary key (domain, operation, from_position)
);

create index pin_living on pin (domain, from_position) where to_position is null;
