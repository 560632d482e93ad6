-- What was public when: each version of an article, and each state of a quote.

-- `public`: the article was public while this version was its current one. What was only ever held stays for
-- readers of held articles, also when the article is published later. A held version has no `published_at`.
alter table article_versions add column public boolean;
update article_versions
set public = convert_from(document, 'UTF8')::jsonb ->> 'published_at' is not null;
alter table article_versions alter column public set not null;

-- Every state of a quote, one a version; immutable but for `public`, which a state becomes when a public
-- article carries it. `article_version` is the version of the article that the state came with; `reason` tells
-- why a quote was withdrawn.
create table quote_versions (
    article_id uuid not null,
    quote_id uuid not null,
    version integer not null,
    at timestamptz not null,
    article_version integer not null,
    key_id uuid,
    public boolean not null,
    reason text,
    document bytea not null,
    constraint quote_versions_pkey primary key (article_id, quote_id, version),
    constraint quote_versions_quote_fkey foreign key (article_id, quote_id) references quotes (article_id, id)
);
insert into quote_versions (article_id, quote_id, version, at, article_version, public, document)
select q.article_id, q.id, q.version, q.updated_at, a.version, a.was_public, q.document
from quotes q join articles a on a.id = q.article_id;
