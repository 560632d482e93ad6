-- Webhooks: addresses to which the change feed is posted, and a log of the attempts.

-- `position` is the last one of the change log that needs no more attempts, `attempts` how many have failed for
-- the one after it, `next_at` when the next is due. `claimed_by` is the server process that delivers, one at a time,
-- as long as it renews `claimed_until`. The secrets sign, so they are kept as they are.
create table webhooks (
    id uuid not null,
    url text not null,
    types text[] not null,
    filters jsonb not null,
    status text collate "C" not null default 'active',
    disabled_reason text collate "C",
    key_id uuid not null,
    secret text not null,
    former_secret text,
    former_until timestamptz,
    position bigint not null,
    attempts smallint not null default 0,
    next_at timestamptz not null default clock_timestamp(),
    claimed_by uuid,
    claimed_until timestamptz,
    created_at timestamptz not null default clock_timestamp(),
    constraint webhooks_pkey primary key (id),
    constraint webhooks_key_fkey foreign key (key_id) references keys (id),
    constraint webhooks_status_check check (status in ('active', 'paused', 'disabled')),
    constraint webhooks_disabled_reason_check check ((status = 'disabled') = (disabled_reason is not null))
);
create index webhooks_key_id_idx on webhooks (key_id);

-- One row for each attempt; `position` is null for a test.
create table webhook_deliveries (
    webhook_id uuid not null,
    id uuid not null,
    position bigint,
    event uuid not null,
    type text collate "C" not null,
    attempt smallint not null,
    at timestamptz not null default clock_timestamp(),
    status smallint,
    error text,
    response_excerpt text,
    next_attempt_at timestamptz,
    constraint webhook_deliveries_pkey primary key (webhook_id, id),
    constraint webhook_deliveries_webhook_fkey foreign key (webhook_id) references webhooks (id) on delete cascade
);
create index webhook_deliveries_at_idx on webhook_deliveries (at);
