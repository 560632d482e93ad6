-- What a deployment owns beside its content: its identity, its API keys, kept answers to idempotent requests.
-- Conventions: ids are UUIDv7 made in Python; text that is ordered or compared has collate "C", so that order
-- never depends on the server's locale; constraints and indexes are named, because the code quotes the names.

-- One row. The secret signs cursors; the id tells a cursor of another database from one of ours.
create table deployment (
    single boolean not null default true,
    id uuid not null default gen_random_uuid(),
    secret bytea not null default sha256((gen_random_uuid()::text || gen_random_uuid()::text)::bytea),
    constraint deployment_pkey primary key (single),
    constraint deployment_single_check check (single)
);
insert into deployment default values;

-- An API key: only the SHA-256 of the whole key is kept.
create table keys (
    id uuid not null,
    name text not null,
    prefix text collate "C" not null,
    digest bytea not null,
    scopes text[] not null,
    created_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz,
    constraint keys_pkey primary key (id),
    constraint keys_digest_key unique (digest),
    constraint keys_scopes_check check (
        cardinality(scopes) > 0 and scopes <@ array['read', 'write', 'embargo', 'admin']
    )
);

-- The answer to a request that carried an Idempotency-Key, written in the transaction of its effect.
create table idempotency (
    principal text collate "C" not null,
    key text collate "C" not null,
    fingerprint bytea not null,
    status smallint not null,
    headers jsonb not null,
    body bytea not null,
    created_at timestamptz not null default clock_timestamp(),
    constraint idempotency_pkey primary key (principal, key)
);
create index idempotency_created_at_idx on idempotency (created_at);
