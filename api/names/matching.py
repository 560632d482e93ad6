"""What is asked of the matcher and answered by it: names with the records that they may mean, and scores."""

from collections.abc import Sequence

import msgspec

from api.names.context import Candidate, Position, Query
from api.names.keys import Kind
from api.names.score import Scored, rank


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A name with its context, and the ids of the records that it may mean, those most alike first."""

    kind: Kind
    query: Query
    candidates: list[str]
    limit: int


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """Questions, and the records that they name: each the wire documents of one entity, by its id."""

    records: dict[str, list[bytes]]
    questions: list[Question]


class _Named(msgspec.Struct, frozen=True):
    id: str | None = None
    name: str | None = None


class _Name(msgspec.Struct, frozen=True):
    value: str


class _Office(msgspec.Struct, frozen=True):
    title: str
    organisation: _Named | None = None
    from_: str | None = msgspec.field(default=None, name="from")
    until: str | None = None


class _Identifier(msgspec.Struct, frozen=True):
    scheme: str
    value: str


class _Record(msgspec.Struct, frozen=True):
    """What the matcher reads of a wire document; the rest of it is passed over."""

    names: list[_Name]
    country: str | None = None
    born: str | None = None
    died: str | None = None
    identifiers: list[_Identifier] = []
    positions: list[_Office] = []
    parent: _Named | None = None


_decoded = msgspec.json.Decoder(_Record).decode


def candidate(id: str, documents: Sequence[bytes]) -> Candidate:
    """Read the documents of one entity: its own first, then those of records that were merged into it."""
    records = [_decoded(document) for document in documents]
    offices = [office for record in records for office in record.positions]
    within = [office.organisation for office in offices] + [record.parent for record in records]
    return Candidate(
        id=id,
        names=tuple(dict.fromkeys(name.value for record in records for name in record.names)),
        country=next((record.country for record in records if record.country), None),
        organisations=tuple(part for each in within if each for part in (each.id, each.name) if part),
        positions=tuple(
            Position(
                title=office.title,
                organisation=office.organisation.name if office.organisation else None,
                since=office.from_,
                until=office.until,
            )
            for office in offices
        ),
        born=next((record.born for record in records if record.born), None),
        died=next((record.died for record in records if record.died), None),
        identifiers=tuple((each.scheme, each.value) for record in records for each in record.identifiers),
    )


def answer(question: Question, records: dict[str, Candidate]) -> list[Scored]:
    """Score the candidates of one question."""
    candidates = [records[id] for id in question.candidates]
    return rank(question.query, candidates, question.limit, question.kind)
