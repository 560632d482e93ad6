-- What each transaction changed for readers, by the numbers of marks (api/db/marks.py), for the caches of other
-- hosts and for those that outlive a writer killed after its commit. Rows live a minute. They need no
-- durability: after a crash of the server nobody trusts what was read before.
create unlogged table touches (
    stamp bigint not null,
    xid xid8 not null default pg_current_xact_id(),
    at timestamptz not null default clock_timestamp(),
    marks integer[] not null,
    constraint touches_pkey primary key (stamp)
);
create index touches_xid_idx on touches (xid);
alter table touches set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
