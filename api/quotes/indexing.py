"""What lists, searches and facets know of a quote: its row in `quote_search`."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from api.db.pool import Conn, columns
from api.lists.configurations import note_languages
from api.lists.terms import language_terms, place_terms, term
from api.lists.text import configuration, searchable
from api.quotes.compose import entities_of
from api.quotes.schemas import Quote
from api.wire import first_day, last_day


class Placed(NamedTuple):
    """A quote with its article's place in lists."""

    article_id: str
    visibility: int
    sort_at: datetime
    quote: Quote


async def index_quotes(
    tx: Conn, article_id: str, quotes: Sequence[Quote], visibility: int, sort_at: datetime
) -> None:
    """Write the rows of quotes of one article, new or anew."""
    await note_languages(tx, [quote.language for quote in quotes], visibility)
    await index_placed(tx, [Placed(article_id, visibility, sort_at, quote) for quote in quotes])


async def index_placed(tx: Conn, placed: Iterable[Placed]) -> None:
    """Write the rows of quotes of any articles, new or anew.

    A configuration that this PostgreSQL lacks is `simple`, under which everything is indexed besides.
    """
    await tx.execute(
        """
        insert into quote_search (
            article_id, visibility, sort_at, quote_id, status, form, speaker_kind, language, said_first,
            said_last, speakers, relays, words
        )
        select article_id, visibility, sort_at, id, status, form, speaker_kind, language, said_first,
            said_last, string_to_array(speakers, ' ')::uuid[], string_to_array(relays, ' ')::uuid[],
            setweight(to_tsvector(own, said) || to_tsvector('simple', said), 'A')
                || setweight(to_tsvector(own, about) || to_tsvector('simple', about), 'B')
                || array_to_tsvector(string_to_array(terms, chr(1)) || ('=config:' || own))
        from unnest(
            $1::uuid[], $2::smallint[], $3::timestamptz[], $4::uuid[], $5::text[], $6::text[], $7::text[],
            $8::text[], $9::date[], $10::date[], $11::text[], $12::text[], $13::text[], $14::text[],
            $15::text[], $16::text[]
        ) as row (
            article_id, visibility, sort_at, id, status, form, speaker_kind, language, said_first, said_last,
            speakers, relays, terms, configuration, said, about
        )
        cross join lateral (
            select coalesce(
                (select oid from pg_ts_config
                where cfgname = configuration and cfgnamespace = 'pg_catalog'::regnamespace),
                'pg_catalog.simple'::regconfig
            )::regconfig as own
        ) as chosen
        on conflict on constraint quote_search_pkey do update
        set visibility = excluded.visibility, sort_at = excluded.sort_at, status = excluded.status,
            form = excluded.form, speaker_kind = excluded.speaker_kind, language = excluded.language,
            said_first = excluded.said_first, said_last = excluded.said_last, speakers = excluded.speakers,
            relays = excluded.relays, words = excluded.words
        """,
        *columns((*each[:3], *_row(each.quote, each.sort_at)) for each in placed),
    )


async def move_index(tx: Conn, article_id: str, sort_at: datetime) -> None:
    """Let the rows of an article's quotes follow the quotes' visibility, and their place in lists."""
    await tx.execute(
        """
        update quote_search s
        set visibility = q.visibility, sort_at = q.sort_at,
            words = array_to_tsvector($2::text[]) || ts_delete(s.words, array(
                select word from unnest(tsvector_to_array(s.words)) as word
                where word like '=day:%' or word like '=month:%' or word like '=year:%'
            ))
        from quotes q
        where q.article_id = $1 and s.quote_id = q.id
            and (s.visibility, s.sort_at) is distinct from (q.visibility, q.sort_at)
        """,
        article_id,
        place_terms(sort_at),
    )


async def forget_quotes(tx: Conn, article_id: str) -> None:
    """Take the quotes of an article out of every list."""
    await tx.execute("delete from quote_search where article_id = $1", article_id)


def _row(quote: Quote, sort_at: datetime) -> tuple[Any, ...]:
    """Give the columns of a quote's row, in the order of the insert."""
    speaker, said_on = quote.speaker, quote.said_on
    speakers = [ref.id for ref, rel in entities_of(quote) if ref is not None and rel == "speaker"]
    relays = [ref.id for ref, rel in entities_of(quote) if ref is not None and rel == "relay"]
    about = [speaker.as_printed, speaker.role, speaker.description, quote.addressee, quote.place]
    return (
        quote.id,
        quote.status,
        quote.form,
        speaker.kind,
        quote.language,
        first_day(said_on.value) if said_on else None,
        last_day(said_on.value) if said_on else None,
        " ".join(dict.fromkeys(speakers)),
        " ".join(dict.fromkeys(relays)),
        "\x01".join(dict.fromkeys([*terms_of(quote), *place_terms(sort_at)])),
        configuration(quote.language),
        searchable(quote.text),
        searchable("\n".join([*filter(None, about), quote.occasion or ""])),
    )


def terms_of(quote: Quote) -> list[str]:
    """List what a quote can be filtered by."""
    kinds = {"speaker": "speaker", "relay": "via"}
    position = quote.speaker.position
    # In whose name: the organisation that is given, or that of the office held.
    behind = [quote.speaker.organisation, position.organisation if position else None]
    return [
        *(language_terms(quote.language) if quote.language else ()),
        *(term(kinds[rel], ref.id) for ref, rel in entities_of(quote) if ref is not None),
        *(term("organisation", ref.id) for ref in behind if ref is not None),
        term("kind", quote.speaker.kind),
        term("form", quote.form),
        term("attribution", quote.attribution),
        term("status", quote.status),
        term("hand", "second" if quote.chain else "first"),
    ]
