-- People whose offices changed, so that their quotes must say anew which of them was held (api/articles/offices.py).
-- `at` is when a batch of them last did; `done_sort_at` and `done_article_id` are how far the articles have followed,
-- latest first, null at the start.
create table office_changes (
    entity_id uuid not null,
    at timestamptz not null default clock_timestamp(),
    done_sort_at timestamptz,
    done_article_id uuid,
    constraint office_changes_pkey primary key (entity_id),
    constraint office_changes_entity_fkey foreign key (entity_id) references entities (id) on delete cascade
);
