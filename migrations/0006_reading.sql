-- What lists, searches and facets read beside the documents: one narrow row for each document, with its words.

-- The row of an article that some list shows; a killed one has none. `words` holds the lexemes of its text and,
-- as lexemes with a leading `=`, what it can be filtered by (api/lists/terms.py). `lead` holds those of headline
-- and lead again, by which articles are ranked: ten thousand of them are read for that. The arrays are for facets.
create table article_search (
    article_id uuid not null,
    visibility smallint not null,
    sort_at timestamptz not null,
    updated_at timestamptz not null,
    language text collate "C" not null,
    genre text collate "C",
    provider_id uuid,
    subjects text[] collate "C" not null,
    people uuid[] not null,
    organisations uuid[] not null,
    speakers uuid[] not null,
    lead tsvector not null,
    words tsvector not null,
    constraint article_search_pkey primary key (article_id),
    constraint article_search_article_fkey foreign key (article_id) references articles (id)
);
-- The words are read only where an index has not decided already: kept apart, they leave the rest dense.
alter table article_search alter words set storage external;
alter table article_search alter lead set storage main;
alter table article_search alter words set statistics 500;
-- Without the list of pending entries, which every search would have to read through.
create index article_search_words_idx on article_search using gin (words) with (fastupdate = off);
create index article_search_public_idx on article_search (sort_at desc, article_id desc) where visibility <= 0;
create index article_search_held_idx on article_search (sort_at desc, article_id desc) where visibility <= 1;
create index article_search_updated_public_idx on article_search (updated_at desc, article_id desc)
where visibility <= 0;
create index article_search_updated_held_idx on article_search (updated_at desc, article_id desc)
where visibility <= 1;

-- The same for quotes. `said` spans from the first to the last day that `said_on` can mean.
create table quote_search (
    quote_id uuid not null,
    article_id uuid not null,
    visibility smallint not null,
    sort_at timestamptz not null,
    status text collate "C" not null,
    form text collate "C" not null,
    speaker_kind text collate "C" not null,
    language text collate "C",
    said_first date,
    said_last date,
    speakers uuid[] not null,
    relays uuid[] not null,
    words tsvector not null,
    constraint quote_search_pkey primary key (quote_id),
    constraint quote_search_quote_fkey foreign key (article_id, quote_id) references quotes (article_id, id)
);
alter table quote_search alter words set statistics 500;
create index quote_search_article_id_idx on quote_search (article_id);
create index quote_search_words_idx on quote_search using gin (words) with (fastupdate = off);
create index quote_search_public_idx on quote_search (sort_at desc, quote_id desc) where visibility <= 0;
create index quote_search_held_idx on quote_search (sort_at desc, quote_id desc) where visibility <= 1;
create index quote_search_said_first_idx on quote_search (said_first) where said_first is not null;

-- The same for people and organisations.
create table entity_search (
    entity_id uuid not null,
    words tsvector not null,
    constraint entity_search_pkey primary key (entity_id),
    constraint entity_search_entity_fkey foreign key (entity_id) references entities (id) on delete cascade
);
create index entity_search_words_idx on entity_search using gin (words) with (fastupdate = off);
create index entity_positions_held_idx on entity_positions using gist (held);

-- Requests a minute that a key may make; null is any number.
alter table keys add column rate_limit integer;
alter table keys add constraint keys_rate_limit_check check (rate_limit > 0);

-- The text search configurations under which documents are indexed, beside `simple`: those under which a query
-- is read. `visibility` is the lowest that a document had, so that held ones change nothing for others.
create table search_configurations (
    name text collate "C" not null,
    visibility smallint not null,
    constraint search_configurations_pkey primary key (name)
);

-- The terms of vocabularies that articles name their subjects from; an id is `scheme:code`. `labels` are all
-- labels, normalised, one a line. `subject_broader` is what stands directly above a term.
create table subjects (
    id text collate "C" not null,
    scheme text collate "C" not null,
    labels text not null,
    document bytea not null,
    constraint subjects_pkey primary key (id)
);
create index subjects_scheme_idx on subjects (scheme);
create table subject_broader (
    broader_id text collate "C" not null,
    subject_id text collate "C" not null,
    constraint subject_broader_pkey primary key (broader_id, subject_id),
    constraint subject_broader_subject_fkey foreign key (subject_id) references subjects (id) on delete cascade
);
create index subject_broader_subject_id_idx on subject_broader (subject_id);
