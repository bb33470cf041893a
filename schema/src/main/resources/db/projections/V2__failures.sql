-- The entry that a projection cannot apply: it waits there, and tries again. And how the rows that a replay built were
-- unlike those that they took the place of.

create table failure (
    name       text        not null,
    slot       text        not null,
    position   bigint      not null,
    entry      text        not null,
    domain     uuid,
    message    text        not null,
    first_at   timestamptz not null default now(),
    last_at    timestamptz not null default now(),
    tries      bigint      not null default 1,
    primary key (name, slot)
);

create table comparison (
    name       text        not null primary key,
    position   bigint      not null,
    at         timestamptz not null default now(),
    compared   boolean     not null,
    differs    text        not null
);
