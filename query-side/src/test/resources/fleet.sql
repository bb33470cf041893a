-- Rows as a large fleet has them, straight into one set of the read tables (the schema is the search path). Names in braces are
-- put in before: {domains}, {each} snapshots a domain but 3000 of the first, {lines} of the audit over a year. Snapshots were
-- changed once and one in ten is gone; its 20 hosts are h0 to h19.

-- indexes are built at once, when all rows are there
create temporary table later as
select indexname, indexdef from pg_indexes
where schemaname = current_schema() and indexname not in (select conname from pg_constraint);

do $$
declare
    one record;
begin
    for one in select * from later loop
        execute format('drop index %I', one.indexname);
    end loop;
end $$;

create temporary table shape as
with recursive tree as (
    select 0 as i, null::integer as parent, 0 as depth
    union all
    select t.i + 1, case when t.i % 7 = 6 then t.i / 2 else t.i end, 0 from tree t where t.i < greatest({each}, 3000) - 1
)
select i, parent, depth from tree;

create unique index on shape (i);

create temporary table deep as
with recursive tree as (
    select i, 0 as depth from shape where parent is null
    union all
    select s.i, t.depth + 1 from tree t join shape s on s.parent = t.i
)
select s.i, s.parent, t.depth, (select count(*) from shape c where c.parent = s.i) as children
from tree t join shape s using (i);

create temporary table vm as
select d, ('00000000-0000-4000-8000-' || lpad(to_hex(d), 12, '0'))::uuid as id, case when d = 0 then 3000 else {each} end as size,
    jsonb_build_object('name', 'vm-' || d, 'host', 'h' || d % 20, 'memoryBytes', 1073741824, 'disks', jsonb_build_array(
        jsonb_build_object('target', 'vda', 'file', '/images/vm-' || d || '.qcow2', 'format', 'qcow2', 'readOnly', false)))
        as definition
from generate_series(0, {domains} - 1) d;

insert into domain (id, from_position, to_position, name, definition, run_state, current_snapshot)
select id, d * 10 + 1 + v, case when v < 4 then d * 10 + 2 + v end, 'vm-' || d, definition, 'RUNNING', 's0'
from vm, generate_series(0, 4) v;

insert into snapshot (domain, name, from_position, to_position, description, parent, created_at, state, location, memory, disks,
    definition, children, metadata, actor, size)
select vm.id, 's' || deep.i, version.begins, version.ends,
    case when deep.i % 100 = 0 then 'before upgrade ' || deep.i end,
    's' || deep.parent, timestamptz '2026-01-01' + (vm.d + deep.i * 300) * interval '1 s',
    case deep.i % 20 when 0 then 'RUNNING' when 5 then 'SHUTOFF' else 'DISK_SNAPSHOT' end,
    case when deep.i % 20 = 5 then 'INTERNAL' else 'EXTERNAL' end,
    case when deep.i % 20 = 0 then jsonb_build_object('snapshot', 'external', 'file', '/images/vm-' || vm.d || '.' || deep.i || '.ram',
        'saved', jsonb_build_object('bytes', 1000000 + deep.i, 'sha256', '00'), 'adopted', false)
        else jsonb_build_object('snapshot', 'none') end,
    jsonb_build_array(case when deep.i % 20 = 5
        then jsonb_build_object('snapshot', 'internal', 'target', 'vda', 'file', '/images/vm-' || vm.d || '.qcow2', 'tag', 's' || deep.i)
        else jsonb_build_object('snapshot', 'external', 'target', 'vda', 'base', '/images/vm-' || vm.d || '.' || deep.i || '.qcow2',
            'file', '/images/vm-' || vm.d || '.' || deep.i + 1 || '.qcow2', 'format', 'qcow2') end),
    vm.definition, deep.children, true, 'user-' || (vm.d + deep.i) % 50,
    case when deep.i % 20 = 0 then 1000000 + deep.i end
from vm join deep on deep.i < vm.size
cross join lateral (values (10, 20), (20, null)) as version (begins, ends);

insert into snapshot (domain, name, from_position, to_position, created_at, state, location, memory, disks, definition, children,
    metadata, actor)
select domain, 'gone-' || name, 30, 40, created_at, state, location, memory, disks, definition, 0, true, actor
from snapshot where to_position is null and hashtext(name) % 10 = 0;

insert into snapshot_depth select vm.id, 's' || deep.i, deep.depth from vm join deep on deep.i < vm.size;

insert into layer (domain, path, from_position, to_position, target, format, backing, origin, active)
select vm.id, '/images/vm-' || vm.d || '.' || deep.i || '.qcow2', 10, null, 'vda', 'QCOW2',
    '/images/vm-' || vm.d || '.' || deep.parent || '.qcow2', 'MADE', deep.i = 0
from vm join deep on deep.i < least(vm.size, case when vm.d = 0 then 3000 else 10 end);

insert into moment (domain, sequence, position, at)
select vm.id, s, s * {domains} + vm.d + 1, timestamptz '2026-01-01' + (s * {domains} + vm.d) * interval '1 s'
from vm, generate_series(0, 2 * {each}) s;

insert into operation (id, requested_position, domain, host, command, snapshot, state, attempt, percent, steps, requested_at,
    ended_at, leftovers)
select ('00000000-0000-4000-9000-' || lpad(to_hex(g), 12, '0'))::uuid, g * 4, vm.id, 'h' || vm.d % 20,
    (array['CreateSnapshot', 'CreateSnapshot', 'CreateSnapshot', 'Delete', 'Revert'])[1 + g % 5], 's' || g % 100,
    case when g % 5000 = 0 then 'REQUESTED' when g % 50 = 0 then 'ROLLED_BACK' else 'SUCCEEDED' end, 1, 100, '[]',
    timestamptz '2026-01-01' + g * interval '1 s', timestamptz '2026-01-01' + g * interval '2 s', '[]'
from generate_series(1, {lines} / 40) g join vm on vm.d = g % {domains};

insert into audit (position, at, domain, snapshot, kind, type, outcome, actor, source, correlation, operation, message)
select g, now() - ({lines} - g) * interval '1 year' / {lines}, vm.id, 's' || g / 4 % 100,
    case g % 4 when 0 then 'COMMAND' else 'EVENT' end,
    case g % 4 when 0 then kind.command when 1 then kind.asked when 2 then 'RunStateObserved' else kind.done end,
    case g % 4 when 0 then case when g % 200 = 0 then 'REJECTED' else 'ACCEPTED' end when 3 then 'SUCCEEDED' else 'RECORDED' end,
    'user-' || g / 4 % 50, '/clients/' || g / 4 % 5, 'c-' || g / 4,
    ('00000000-0000-4000-9000-' || lpad(to_hex(g / 4), 12, '0'))::uuid,
    case when g % 200 = 0 then 'domain is busy' end
from generate_series(1, {lines}) g
join vm on vm.d = g / 4 % {domains}
cross join lateral (select case when g / 4 % 20 = 7 then 'Revert' when g / 4 % 3 = 0 then 'Delete' else 'CreateSnapshot' end as command,
    case when g / 4 % 20 = 7 then 'RevertRequested' when g / 4 % 3 = 0 then 'DeletionRequested' else 'SnapshotCreationRequested' end as asked,
    case when g / 4 % 20 = 7 then 'SnapshotReverted' when g / 4 % 3 = 0 then 'SnapshotsDeleted' else 'SnapshotCreated' end as done) kind;

set maintenance_work_mem = '256MB';

do $$
declare
    one record;
begin
    for one in select * from later loop
        execute one.indexdef;
    end loop;
end $$;
