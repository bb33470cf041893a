-- Who projects the log may read it, and nothing else of this schema. Where this user may make no roles, the query side says
-- what an administrator does.
do $$
begin
  if not exists (select from pg_roles where rolname = 'snapledger_projector') then
    begin
      create role snapledger_projector nologin;
    exception when duplicate_object or unique_violation then null;
    end;
  end if;
  execute format('grant usage on schema %I to snapledger_projector', current_schema());
  grant select on log_entry to snapledger_projector;
exception when insufficient_privilege then
  raise warning 'role snapledger_projector cannot be made: %', sqlerrm;
end
$$;
