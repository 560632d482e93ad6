-- How far imports of files have come, so that one that was interrupted goes on where it stopped.

-- Written in the transaction of the lines that it counts, and deleted at the end of the file. `file` is the
-- file's path, size and time of change: another state of it begins anew.
create table imports (
    file text collate "C" not null,
    line bigint not null,
    at timestamptz not null default clock_timestamp(),
    constraint imports_pkey primary key (file)
);
