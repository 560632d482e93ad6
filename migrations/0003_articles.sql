-- Articles and their quotes. Every child of an article leads its primary key with `article_id`; what must be
-- unique or found across articles has a small table of its own (`article_uris`, `quote_articles`), so that the
-- large tables can be spread by article.

-- `visibility`: 0 public, 1 held (withheld or under embargo), 2 killed. It is stored and changes only in a
-- transaction that also writes the event; its children repeat it, so that a list reads one index.
-- `sort_at` is `published_at` of a public article, else `embargoed_until`, else `created_at`.
-- `document` is the wire document as its readers see it, without `ed_note`; `summary` is the same without its long members.
create table articles (
    id uuid not null,
    version integer not null,
    pub_status text collate "C" not null,
    visibility smallint not null,
    was_public boolean not null,
    language text collate "C" not null,
    provider_id uuid,
    published_at timestamptz,
    embargoed_until timestamptz,
    sort_at timestamptz not null,
    killed_at timestamptz,
    kill_note text,
    ed_note text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    document bytea not null,
    summary bytea not null,
    constraint articles_pkey primary key (id),
    constraint articles_pub_status_check check (pub_status in ('usable', 'withheld', 'canceled')),
    constraint articles_provider_fkey foreign key (provider_id) references entities (id),
    constraint articles_visibility_check check (visibility between 0 and 2),
    -- Killed, canceled and invisible are one.
    constraint articles_killed_check check (
        (visibility = 2) = (pub_status = 'canceled') and (visibility = 2) = (killed_at is not null)
    ),
    -- asyncpg cannot read a time beyond year 9999, so none may be stored.
    constraint articles_times_check check (
        coalesce(published_at, created_at) < '9999-12-31' and coalesce(embargoed_until, created_at) < '9999-12-31'
    )
);
-- One index for readers of published articles, one for those who also see held ones.
create index articles_public_idx on articles (sort_at desc, id desc) where visibility <= 0;
create index articles_held_idx on articles (sort_at desc, id desc) where visibility <= 1;
create index articles_embargoed_until_idx on articles (embargoed_until) where visibility = 1;

create table article_uris (
    uri text collate "C" not null,
    article_id uuid not null,
    constraint article_uris_pkey primary key (uri)
);

-- Every version as it stood when it was written; immutable.
create table article_versions (
    article_id uuid not null,
    version integer not null,
    at timestamptz not null,
    key_id uuid,
    revision jsonb not null,
    document bytea not null,
    ed_note text,
    constraint article_versions_pkey primary key (article_id, version),
    constraint article_versions_article_fkey foreign key (article_id) references articles (id)
);

-- Which entities an article carries, and in what relations; `visibility` and `sort_at` are the article's, so
-- that a list by entity reads one index in order. A kill empties it.
create table article_entities (
    article_id uuid not null,
    entity_id uuid not null,
    rels text[] not null,
    visibility smallint not null,
    sort_at timestamptz not null,
    constraint article_entities_pkey primary key (article_id, entity_id),
    constraint article_entities_article_fkey foreign key (article_id) references articles (id),
    constraint article_entities_entity_fkey foreign key (entity_id) references entities (id)
);
create index article_entities_entity_id_idx on article_entities (entity_id, sort_at desc, article_id desc);

-- `ordinal` is the place in the order of appearance.
create table quotes (
    article_id uuid not null,
    id uuid not null,
    ordinal integer not null,
    version integer not null,
    status text collate "C" not null,
    form text collate "C" not null,
    attribution text collate "C" not null,
    speaker_kind text collate "C" not null,
    first_hand boolean not null,
    language text collate "C",
    visibility smallint not null,
    sort_at timestamptz not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    document bytea not null,
    constraint quotes_pkey primary key (article_id, id),
    constraint quotes_status_check check (status in ('current', 'changed', 'withdrawn')),
    constraint quotes_article_fkey foreign key (article_id) references articles (id)
);
create index quotes_public_idx on quotes (sort_at desc, id desc) where visibility <= 0;
create index quotes_held_idx on quotes (sort_at desc, id desc) where visibility <= 1;

-- Where a quote lives.
create table quote_articles (
    id uuid not null,
    article_id uuid not null,
    constraint quote_articles_pkey primary key (id)
);

-- Who said a quote and who relayed it, in the order of lists; and whose office the speaker held, because the
-- quote carries that Ref too.
create table quote_entities (
    article_id uuid not null,
    quote_id uuid not null,
    entity_id uuid not null,
    rel text collate "C" not null,
    sort_at timestamptz not null,
    constraint quote_entities_pkey primary key (article_id, quote_id, rel, entity_id),
    constraint quote_entities_quote_fkey foreign key (article_id, quote_id) references quotes (article_id, id),
    constraint quote_entities_entity_fkey foreign key (entity_id) references entities (id),
    constraint quote_entities_rel_check check (rel in ('speaker', 'relay', 'office'))
);
create index quote_entities_entity_id_idx on quote_entities (entity_id, rel, sort_at desc, quote_id desc);
