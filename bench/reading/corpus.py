"""Makes articles for measuring: paragraphs and dates of real articles shuffled, with people and quotes.

Who is named how often, and which subject, falls off as the inverse of the rank, as in real news.
"""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from api.articles.schemas import Article, Block, OrganisationMention, PersonMention, Source, Subject
from api.entities.schemas import Name, Organisation, Person
from api.quotes.schemas import AssertedBy, Fragment, Quote, Relay, Speaker
from api.wire import ResolvedDate, entity_ref, href_of, new_id

DATA = Path(__file__).parents[3] / "shared" / "data"
START, DAYS = datetime(2014, 1, 1, tzinfo=UTC), 3650
KEYWORDS = [f"keyword {number}" for number in range(2000)]
SUBJECTS = 400
KINDS = ["person"] * 12 + ["organisation"] * 3 + ["unnamed"] * 3 + ["collective", "document"]


class Made(NamedTuple):
    """One article with the time by which it is ordered."""

    article: Article
    sort_at: datetime


def records(name: str) -> Iterator[dict[str, Any]]:
    """Read a file of the shared data."""
    with gzip.open(DATA / name, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


class Maker:
    """Draws articles, the same ones for the same seed."""

    def __init__(self, seed: int = 1, people: int = 20_000, organisations: int = 263) -> None:
        self._random = Random(seed)
        self._headlines: dict[str, list[str]] = defaultdict(list)
        self._paragraphs: dict[str, list[str]] = defaultdict(list)
        self._languages: list[str] = []
        for record in records("articles.ndjson.gz"):
            self._take(record)
        self.people = [self._person(each) for each in self._first("people.ndjson.gz", people)]
        self.organisations = [
            self._organisation(each) for each in self._first("organisations.ndjson.gz", organisations)
        ]
        vocabulary = json.loads((DATA / "vocab" / "mediatopics-2019-04.json").read_bytes())
        codes = [concept["qcode"].split(":")[1] for concept in vocabulary["concepts"]]
        self._subjects = self._random.sample(codes, SUBJECTS)

    def _take(self, record: dict[str, Any]) -> None:
        language = record["language"]
        body = [text.strip()[:3000] for text in record["body"] if len(text.strip()) > 40]
        if body and record["headline"]:
            self._headlines[language].append(record["headline"][:300])
            self._paragraphs[language] += body
            self._languages.append(language)

    def _first(self, name: str, count: int) -> list[dict[str, Any]]:
        return [record for record, _ in zip(records(name), range(count), strict=False)]

    def _person(self, record: dict[str, Any]) -> Person:
        names = [Name(value=each["name"][:500]) for each in record["names"]]
        return Person(**_entity(names, "person"), born=None, died=None, positions=[])

    def _organisation(self, record: dict[str, Any]) -> Organisation:
        names = [Name(value=each["name"][:500]) for each in record["names"]]
        nothing = dict.fromkeys(("parent", "founded", "dissolved"))
        return Organisation(**_entity(names, "organisation"), kind="agency", **nothing)

    def articles(self, count: int) -> Iterator[Made]:
        """Draw articles, in no order of time."""
        for _ in range(count):
            yield self._article()

    def _ranked(self, values: list[Any], most: int) -> list[Any]:
        """Draw some values, the first ones most often."""
        random = self._random
        ranks = {int(len(values) ** random.random()) - 1 for _ in range(random.randint(0, most))}
        return [values[rank] for rank in ranks]

    def _one(self, values: list[Any]) -> Any:
        return (self._ranked(values, 1) or values[:1])[0]

    def _article(self) -> Made:
        random = self._random
        language = random.choice(self._languages)
        at = START + timedelta(seconds=random.randrange(DAYS * 86_400))
        id, paragraphs = new_id(), self._paragraphs[language]
        body = [random.choice(paragraphs)]
        while len(body) < 12 and sum(map(len, body)) < random.randint(400, 3500):
            body.append(random.choice(paragraphs))
        headline = random.choice(self._headlines[language])
        ref = _ref(id, headline)
        people, organisations = self._ranked(self.people, 6), self._ranked(self.organisations, 3)
        nothing = ("slugline", "summary", "dateline", "located", "byline", "embargoed_until")
        article = Article(
            id=id,
            version=1,
            href=href_of("article", id),
            created_at=at,
            updated_at=at + timedelta(minutes=random.randrange(600)),
            uri=f"urn:uuid:{id}",
            pub_status="usable",
            headline=headline,
            language=language,
            provider=_of(self._one(self.organisations)),
            urgency=random.choice([1, 3, 4, 4, 4, 5, None]),
            genre=random.choice(["Interview", "Analysis", None, None]),
            keywords=self._ranked(KEYWORDS, 4),
            subjects=[Subject(scheme="medtop", code=code) for code in self._ranked(self._subjects, 3)],
            published_at=at,
            body=[Block(text=text) for text in body],
            media=[],
            people=[
                PersonMention(person=_of(p), as_printed=[p.name], role=None, rel="mentions") for p in people
            ],
            organisations=[
                OrganisationMention(organisation=_of(o), as_printed=[], rel="mentions") for o in organisations
            ],
            quotes=[self._quote(ref, language, body, at) for _ in range(random.randint(0, 6))],
            sources=[
                Source(organisation=_of(o), as_printed=o.name, uri=None)
                for o in self._ranked(self.organisations, 1)
            ],
            links=[],
            corrections=[],
            ed_note=None,
            copyright_notice=None,
            usage_terms=None,
            **dict.fromkeys(nothing),
        )
        return Made(article, at)

    def _quote(self, article: Any, language: str, body: list[str], at: datetime) -> Quote:
        random = self._random
        block = random.randrange(len(body))
        text = body[block][: random.randint(30, 200)]
        kind = random.choice(KINDS)
        who = self._one(self.people if kind == "person" else self.organisations)
        relay = Relay(
            as_printed="agency", organisation=_of(self._one(self.organisations)), person=None, cue=None
        )
        id = new_id()
        return Quote(
            id=id,
            version=1,
            href=href_of("quote", id),
            created_at=at,
            updated_at=at,
            article=article,
            article_version=1,
            form=random.choice(["direct", "mixed", "indirect"]),
            fragments=[Fragment(block=block, start=0, end=len(text), text=text)],
            text=text,
            speaker=Speaker(
                kind=kind,
                as_printed=who.name,
                person=_of(who) if kind == "person" else None,
                organisation=_of(who) if kind == "organisation" else None,
                role=None,
                description=None,
                position=None,
            ),
            chain=[relay] if random.random() < 0.3 else [],
            attribution="explicit",
            said_on=ResolvedDate(value=at.date().isoformat(), precision="day"),
            language=language,
            translated=False,
            status="current",
            asserted_by=AssertedBy(),
            **dict.fromkeys(("cue", "addressee", "occasion", "place")),
        )


def _entity(names: list[Name], type: Any) -> dict[str, Any]:
    id = new_id()
    return {
        "id": id,
        "version": 1,
        "href": href_of(type, id),
        "created_at": START,
        "updated_at": START,
        "name": names[0].value,
        "names": names,
        "description": None,
        "country": None,
        "identifiers": [],
        "links": [],
    }


def _of(entity: Person | Organisation) -> Any:
    return entity_ref(entity.type, entity.id, entity.name)


def _ref(id: str, headline: str) -> Any:
    from api.wire import Ref

    return Ref(id=id, type="article", href=href_of("article", id), headline=headline)
