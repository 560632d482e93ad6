"""Which text search configurations documents are indexed under."""

from collections.abc import Iterable

from api.db.pool import Conn
from api.lists.text import configuration


async def note_languages(tx: Conn, languages: Iterable[str | None], visibility: int) -> None:
    """Note that documents of these languages are indexed, so that queries are read under them too."""
    names = sorted({configuration(language) for language in languages} - {"simple"})
    if not names:
        return
    # Nothing is written for what is noted already: writers would wait for each other's transactions.
    await tx.execute(
        """
        insert into search_configurations as known (name, visibility)
        select used, $2::smallint from unnest($1::text[]) as used
        where not exists (
            select from search_configurations noted where noted.name = used and noted.visibility <= $2
        )
        on conflict on constraint search_configurations_pkey do update
        set visibility = least(known.visibility, excluded.visibility)
        """,
        names,
        visibility,
    )
