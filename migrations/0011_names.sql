-- Names by which entities are found under any spelling: what is known of each name, and search keys made from it.

-- What the documents say of each name, for statements that choose between the names of an entity.
alter table entity_names
    add column language text collate "C",
    add column script text collate "C",
    add column kind text collate "C" not null default 'alias',
    add column valid_from text collate "C",
    add column valid_until text collate "C";
alter table entity_names add constraint entity_names_kind_check check (
    kind in ('primary', 'alias', 'former', 'birth', 'short', 'transliteration')
);
update entity_names n
set language = d.name ->> 'language', script = d.name ->> 'script', kind = d.name ->> 'kind',
    valid_from = d.name ->> 'from', valid_until = d.name ->> 'until'
from (
    select e.id, name.value as name, name.ordinality - 1 as ordinal
    from entities e
    cross join lateral jsonb_array_elements(convert_from(e.document, 'UTF8')::jsonb -> 'names')
        with ordinality as name
) as d
where d.id = n.entity_id and d.ordinal = n.ordinal;

-- The version of the rules (api/names/keys.py) by which an entity's keys were made; 0: it has none yet. Those of
-- old rules are made anew in the background.
alter table entities add column keys_version smallint not null default 0;
create index entities_keys_version_idx on entities (keys_version);

-- A search key of one of an entity's names. Classes of keys, their first letters, are of people or of organisations,
-- so no column says which. `public` repeats the entity's: what is hidden must not fill the part that is read of a
-- common key. No foreign key: a batch of dispatches writes the keys of what it creates before the entities.
create table name_keys (
    key text collate "C" not null,
    entity_id uuid not null,
    public boolean not null,
    constraint name_keys_pkey primary key (key, entity_id) include (public)
);
create index name_keys_entity_id_idx on name_keys (entity_id);

-- What a name may be typed as from its beginning: the folded name from each of its words on.
create table name_prefixes (
    type text collate "C" not null,
    prefix text collate "C" not null,
    entity_id uuid not null,
    public boolean not null,
    constraint name_prefixes_pkey primary key (type, prefix, entity_id) include (public)
);
create index name_prefixes_entity_id_idx on name_prefixes (entity_id);
