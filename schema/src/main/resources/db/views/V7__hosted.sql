-- What a page of a host's domains reads of each of them, and what a count of those below a snapshot reads, now and as of then.
create index snapshot_of_domain on snapshot (domain, created_at, name) where to_position is null;
drop index snapshot_living;
create unique index snapshot_living on snapshot (domain, name) include (parent, from_position) where to_position is null;
