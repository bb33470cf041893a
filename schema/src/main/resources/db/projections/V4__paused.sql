-- The rows that a replay builds may wait to be built on.

alter table projection drop constraint projection_state_check;
alter table projection add constraint projection_state_check check (state in ('live', 'building', 'paused', 'idle'));
