"""Posting an item in another format than our own: ninjs, NewsML-G2, dpa's digital wires."""

from typing import Annotated, Literal

from msgspec import Meta

from api.articles.replays import visible_at
from api.articles.representations import Formats, InputName, InputParam, site_of
from api.db.pool import Database
from api.db.trials import write_or_try
from api.entities.resolve import Options
from api.http.answers import Answer, json_answer
from api.http.bodies import read_body
from api.http.params import read_params
from api.idempotency import KeptAnswer
from api.requests import AnyRequest, answer_once, attempt_of, reader_of
from api.settings import LIMITS
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

    async with write_or_try(db, dry_run=params.dry_run) as tx:
        if params.dry_run:
            return json_answer((await work()).body)
        return await answer_once(tx, tried, work, visible_at(tx, reader))
