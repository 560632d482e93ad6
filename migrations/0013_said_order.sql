-- Quotes between two days, last said first: the order of their lists with `said_after` or `said_before`.
create index quote_search_said_public_idx on quote_search (said_first desc, quote_id desc)
    where visibility <= 0 and said_first is not null;
create index quote_search_said_held_idx on quote_search (said_first desc, quote_id desc)
    where visibility <= 1 and said_first is not null;
drop index quote_search_said_first_idx;
