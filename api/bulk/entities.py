"""People and organisations in bulk: records in any of the known forms, each created as a POST would."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

import asyncpg

from api.bulk.archive import SCHEME
from api.bulk.entity_forms import Read, read
from api.bulk.lines import Line
from api.bulk.posting import unread
from api.bulk.queries import note_progress
from api.db.pool import Conn, Database
from api.db.trials import write_or_try
from api.entities.known import find_by_identifier
from api.entities.resolve import Options
from api.entities.schemas import OrganisationCreate, PersonCreate
from api.entities.writing import create_entity, hold_entity, update_entity
from api.http.conditional import Versions
from api.http.decoding import Body
from api.http.problems import Problem
from api.http.reader import Reader
from api.http.rendering import failure_answer
from api.wire import EntityType

Outcome = Literal["created", "updated", "unchanged"]

_RECORD: Body[dict[str, Any]] = Body(dict[str, Any])
_CREATE: dict[EntityType, Body[Any]] = {
    "person": Body(PersonCreate),
    "organisation": Body(OrganisationCreate),
}
INDEX = re.compile(r"/\d+")


def read_record(line: Line, type: EntityType, limit: int) -> Read | Problem:
    """Read a line as an entity in whatever form it has; `limit` is the length at which it was cut."""
    if line.raw is None:
        return unread(line, limit)
    try:
        return read(_RECORD(line.raw), type)
    except Problem as problem:
        return problem
    except (AttributeError, KeyError, TypeError, IndexError):
        return Problem(422, "validation-error", "This is a record of no known form.")


async def create_entities(
    db: Database,
    records: Sequence[Read | Problem],
    reader: Reader,
    losses: Counter[str],
    *,
    dry_run: bool,
    done: tuple[str, int] | None = None,
) -> list[Problem | Outcome]:
    """Create entities in one transaction, each in a savepoint; gives what became of each.

    `losses` counts what has no place here, by pointer without positions in arrays. `done` is the file and the
    line that are done with it.
    """
    outcomes: list[Problem | Outcome] = []
    async with write_or_try(db, dry_run=dry_run) as tx:
        for record in records:
            try:
                if isinstance(record, Problem):
                    raise record
                async with tx.transaction():
                    outcome = await _write(tx, record, reader)
            except Problem as problem:
                outcomes.append(problem)
            except asyncpg.DataError as error:
                outcomes.append(_of(error))
            else:
                losses.update(INDEX.sub("/*", pointer) for pointer in record.losses)
                outcomes.append(outcome)
        if done is not None:
            await note_progress(tx, *done)
    return outcomes


async def _write(tx: Conn, record: Read, reader: Reader) -> Outcome:
    """Create an entity; one of another store that came before, such as with an article, is completed.

    When it has been changed here since it came, creating it is refused for its identifier.
    """
    given, options = _CREATE[record.type].convert(record.members), Options(ambiguous="create")
    if record.origin is not None:
        key = (record.type, SCHEME, record.origin)
        known = (await find_by_identifier(tx, [key])).get(key)
        if known is not None:
            held = await hold_entity(tx, record.type, known.id, reader, Versions(any=True))
            row, before = held
            written = await update_entity(tx, held, given, reader, options)
            if written == before:
                return "unchanged"
            if row.version == 1:
                return "updated"
            raise Problem(409, "duplicate-identifier", "It is here already, and has been changed since.")
    await create_entity(tx, record.type, given, reader, options)
    return "created"


def _of(error: Exception) -> Problem:
    answer = failure_answer(error, {"path": "/v1", "state": {}})
    return Problem(answer.status, "validation-error", "A value cannot be stored.")
