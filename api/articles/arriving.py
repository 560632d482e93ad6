"""Posting an item in another format than our own: ninjs, NewsML-G2, dpa's digital wires."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta

from api.articles import queries
from api.articles.representations import Formats, InputName, InputParam, site_of
from api.db.pool import Conn, Database
from api.entities.resolve import Options
from api.http.answers import Answer, json_answer
from api.http.bodies import read_body
from api.http.params import read_params
from api.http.reader import Reader
from api.idempotency import KeptAnswer
from api.requests import AnyRequest, answer_once, attempt_of, reader_of
from api.settings import LIMITS
from api.visibility import require_visible
from api.wire import In


class ArrivalParams(In, frozen=True, kw_only=True):
    """The parameters of posting an item: as of a dispatch, but a name of several entities makes a new one."""

    ambiguous: Literal["reject", "create"] = "create"
    unknown: Literal["reject", "create"] = "create"
    dry_run: Annotated[bool, Meta(description="Answer what would happen, and write nothing.")] = False
    format: InputParam = None

    @property
    def options(self) -> Options:
        """These parameters as the resolver takes them."""
        return Options(ambiguous=self.ambiguous, unknown=self.unknown, dry_run=self.dry_run)


async def receive(request: AnyRequest, db: Database, formats: Formats, name: InputName) -> Answer:
    """Take a body in another format, in one transaction; the key's scope is checked by the caller."""
    reader, params = reader_of(request), read_params(request, ArrivalParams)
    raw = await read_body(request, LIMITS.json_body)
    tried = attempt_of(request, raw)
    items = formats.read(name, raw, site_of(request))

    async def work() -> KeptAnswer:
        return await formats.receive(tx, items, reader, params.options)

    async with db.transaction() if params.dry_run else db.write() as tx:
        if params.dry_run:
            return await _dry_run(tx, formats, items, reader, params.options)
        return await answer_once(tx, tried, work, _visible(tx, reader))


async def _dry_run(tx: Conn, formats: Formats, items: list[Any], reader: Reader, options: Options) -> Answer:
    """Answer what posting would, and undo it."""
    trial = tx.transaction()
    await trial.start()
    try:
        kept = await formats.receive(tx, items, reader, options)
    finally:
        await trial.rollback()
    return json_answer(kept.body)


def _visible(tx: Conn, reader: Reader) -> Any:
    """Make the check of a replay: an article that it shows is one that the reader may still see."""

    async def check(headers: Mapping[str, str]) -> None:
        address = headers.get("Location", headers.get("Content-Location", ""))
        row = await queries.select_article(tx, address.rpartition("/")[2]) if address else None
        if row is not None:
            require_visible(row, reader)

    return check
