-- Merges: people and organisations that are one, each under the id under which they were written.

-- `merged_into` points to the entity that an entity was merged into, `root_id` to the one at the end of these pointers,
-- which shows for it; both null for one that shows itself. `merged_at` orders what was merged into one entity, `settled`
-- says which of two contradictory values stands. An entity and all that were merged into it are public together.
-- `written` is the document as it was written, when `document` shows another: with what was merged into the entity, and
-- with what shows for those that it refers to. Columns that hold ids keep those that were written.
alter table entities
    add column merged_into uuid,
    add column root_id uuid,
    add column merged_at timestamptz,
    add column settled jsonb,
    add column written bytea,
    add constraint entities_merged_into_fkey foreign key (merged_into) references entities (id),
    add constraint entities_root_fkey foreign key (root_id) references entities (id),
    add constraint entities_merged_check check (
        (merged_into is null) = (root_id is null)
        and (merged_into is null) = (merged_at is null)
        and (merged_into is null) = (settled is null)
        and id <> root_id
    );
create index entities_merged_into_idx on entities (merged_into) where merged_into is not null;
create index entities_root_id_idx on entities (root_id, id) where root_id is not null;
-- Few are merged: whether one is, a small index tells.
create index entities_merged_idx on entities (id) include (root_id) where root_id is not null;

-- Likewise the documents as they were written.
alter table articles add column written bytea;
alter table quotes add column written bytea;
