"""What is checked before a kept answer that shows an article is given again."""

from collections.abc import Awaitable, Callable, Mapping

from api.articles.queries import select_article
from api.db.pool import Conn
from api.http.reader import Reader
from api.visibility import require_visible


def visible_at(tx: Conn, reader: Reader) -> Callable[[Mapping[str, str]], Awaitable[None]]:
    """Make the check of a replay by its headers: the article that it shows is one that the reader may see."""

    async def check(headers: Mapping[str, str]) -> None:
        address = headers.get("Location", headers.get("Content-Location"))
        if address is None:  # an item of which nothing became
            return
        require_visible(await select_article(tx, address.rpartition("/")[2]), reader)

    return check
