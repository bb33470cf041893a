-- Schema views: how far each projection is. A projection has its rows in two schemas, views_a and views_b: readers look at
-- the one whose state is live; the other is empty, or is being built anew by a replay.

create table projection (
    name     text   not null,
    slot     text   not null check (slot in ('a', 'b')),
    state    text   not null check (state in ('live', 'building', 'idle')),
    position bigint not null default 0,
    primary key (name, slot)
);

create unique index projection_live on projection (name) where state = 'live';
