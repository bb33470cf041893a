-- Who has a file that is only read: its row in claimed_file is then nobody's own (the nil UUID), and stays while any has it.
create table shared_file (
  host   text not null,
  path   text not null,
  domain uuid not null,
  primary key (host, path, domain)
);
