-- People and organisations: one table, because names, identifiers, merges and mentions treat both alike.

-- `document` is the wire document, rendered at write and read back as bytes; the columns beside it are for filters.
-- `public`: false for an entity that so far only held articles carry (design §3.4).
create table entities (
    id uuid not null,
    type text collate "C" not null,
    version integer not null,
    name text not null,
    kind text collate "C",
    country text collate "C",
    parent_id uuid,
    public boolean not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    document bytea not null,
    constraint entities_pkey primary key (id),
    constraint entities_type_check check (type in ('person', 'organisation')),
    constraint entities_parent_fkey foreign key (parent_id) references entities (id)
);
create index entities_type_id_idx on entities (type, id desc);
create index entities_parent_id_idx on entities (parent_id) where parent_id is not null;

-- Every name under which an entity can be found. `fold` is the key of an exact match (api/names/fold.py).
create table entity_names (
    entity_id uuid not null,
    ordinal smallint not null,
    type text collate "C" not null,
    value text not null,
    fold text collate "C" not null,
    constraint entity_names_pkey primary key (entity_id, ordinal),
    constraint entity_names_entity_fkey foreign key (entity_id) references entities (id) on delete cascade
);
-- A hash index: some characters fold to eighteen letters, and a row of a B-tree is limited to 2,704 bytes.
create index entity_names_fold_idx on entity_names using hash (fold);

-- An identifier names one entity of a type.
create table entity_identifiers (
    type text collate "C" not null,
    scheme text collate "C" not null,
    value text collate "C" not null,
    entity_id uuid not null,
    constraint entity_identifiers_pkey primary key (type, scheme, value),
    constraint entity_identifiers_entity_fkey foreign key (entity_id) references entities (id) on delete cascade
);
create index entity_identifiers_entity_id_idx on entity_identifiers (entity_id);

-- Offices held; `held` spans from the first possible day to the last possible one.
create table entity_positions (
    entity_id uuid not null,
    ordinal smallint not null,
    title text not null,
    organisation_id uuid,
    held daterange not null,
    constraint entity_positions_pkey primary key (entity_id, ordinal),
    constraint entity_positions_entity_fkey foreign key (entity_id) references entities (id) on delete cascade,
    constraint entity_positions_organisation_fkey foreign key (organisation_id) references entities (id)
);
create index entity_positions_organisation_id_idx on entity_positions (organisation_id)
where organisation_id is not null;

-- Entities whose name changed, so that documents which carry their Ref must follow (api/entities/renames.py).
-- `at` is when a batch of them last did. `done_sort_at` and `done_article_id` are how far the articles have
-- followed, latest first; null at the start.
create table entity_renames (
    entity_id uuid not null,
    at timestamptz not null default clock_timestamp(),
    done_sort_at timestamptz,
    done_article_id uuid,
    constraint entity_renames_pkey primary key (entity_id),
    constraint entity_renames_entity_fkey foreign key (entity_id) references entities (id) on delete cascade
);
