-- In which form the rows of a set are. Rows of an older form than a process writes are built anew when it starts.
alter table projection add column form integer not null default 1;
