-- The change log: one row for each event, written in the transaction of the change that it tells of.
--
-- A sequence is drawn before its transaction commits, so a reader that went by it would pass over events that
-- are committed late. So writers put events into a queue, and what is committed there is numbered afterwards,
-- by one process at a time (api/changes/queries.py): a reader that has read up to a position has missed nothing.

-- `public` is whether a reader without scopes could have seen the resource when it happened. `public_only` is for
-- what is news only to those without scope `embargo`: the others had it before, or still have it. `provider_id`
-- and `entity_ids` are what filters compare, as it was: a kill empties the article.
create table change_queue (
    seq bigint generated always as identity,
    id uuid not null,
    type text collate "C" not null,
    occurred_at timestamptz not null default clock_timestamp(),
    resource_type text collate "C" not null,
    resource_id uuid not null,
    version integer not null,
    article_id uuid,
    provider_id uuid,
    entity_ids uuid[] not null,
    public boolean not null,
    public_only boolean not null,
    constraint change_queue_pkey primary key (seq)
);
-- All of it passes through all the time, so it is cleaned by count and not by share.
alter table change_queue set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- Positions are dense.
create table changes (
    pos bigint not null,
    id uuid not null,
    type text collate "C" not null,
    occurred_at timestamptz not null,
    resource_type text collate "C" not null,
    resource_id uuid not null,
    version integer not null,
    article_id uuid,
    provider_id uuid,
    entity_ids uuid[] not null,
    public boolean not null,
    public_only boolean not null,
    constraint changes_pkey primary key (pos)
);

-- One row. `last` is the last position that was given; up to `floor` only tombstones are retained.
create table change_log (
    single boolean not null default true,
    last bigint not null default 0,
    floor bigint not null default 0,
    constraint change_log_pkey primary key (single),
    constraint change_log_single_check check (single)
);
insert into change_log default values;

-- When the log was restored, or another server took it over, positions after `begins_after` are given anew, and
-- a cursor of an earlier epoch behind that is refused. `incarnation` tells one physical database from another.
create table change_epochs (
    ordinal integer generated always as identity,
    id uuid not null default gen_random_uuid(),
    begins_after bigint not null,
    incarnation text not null,
    at timestamptz not null default clock_timestamp(),
    constraint change_epochs_pkey primary key (ordinal)
);
