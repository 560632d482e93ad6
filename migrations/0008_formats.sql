-- The last version of each uri that arrived in another format, so that deliveries are applied in their order whatever
-- order they come in. A kill of a uri that no article has is kept too: what is older than it must not appear later.
create table arrivals (
    uri text collate "C" not null,
    version bigint,
    version_created timestamptz,
    digest bytea not null,
    constraint arrivals_pkey primary key (uri),
    constraint arrivals_version_check check (version >= 0),
    constraint arrivals_version_created_check check (version_created between '0001-01-02' and '9999-12-30')
);
