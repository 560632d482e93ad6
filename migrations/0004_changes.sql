-- The change log: one row for each event, written in the transaction of the change that it tells of.

-- `public` is whether a reader without scopes could have seen the resource when it happened.
-- `xid` lets a reader of the log stop before transactions that are still open, so that none is skipped.
create table changes (
    seq bigint generated always as identity,
    xid xid8 not null default pg_current_xact_id(),
    id uuid not null,
    type text collate "C" not null,
    occurred_at timestamptz not null default clock_timestamp(),
    resource_type text collate "C" not null,
    resource_id uuid not null,
    version integer not null,
    article_id uuid,
    public boolean not null,
    constraint changes_pkey primary key (seq)
);
create index changes_xid_seq_idx on changes (xid, seq);
