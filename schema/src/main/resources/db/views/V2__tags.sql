-- What was seen inside the images of disks, with the same meaning of positions as in V1.

create table tag (
    domain        uuid   not null,
    target        text   not null,
    path          text   not null,
    id            text   not null,
    name          text   not null,
    from_position bigint not null,
    to_position   bigint,
    stored        jsonb  not null
);

create index tag_disk on tag (domain, target, from_position);
create index tag_living on tag (domain, target) where to_position is null;
