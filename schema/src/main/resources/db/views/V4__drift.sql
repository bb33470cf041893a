-- Where hosts are otherwise than the ledger has it, with the same meaning of positions as in V1.

create table drift (
    domain        uuid        not null,
    path          text        not null,
    kind          text        not null,
    from_position bigint      not null,
    to_position   bigint,
    since         timestamptz not null,
    stored        jsonb       not null,
    primary key (domain, path, kind, from_position)
);

create index drift_living on drift (domain) where to_position is null;
