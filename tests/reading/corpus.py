"""A small store in which every filter finds something and leaves something out."""

from itertools import count
from random import Random
from typing import Any

import httpx
import msgspec

from tests.dispatches import post, read

PEOPLE = ("Mara Venn", "Odo Karst", "Lusia Trebanek", "Ilse Brandt")
AGENCIES = ("Osta News", "Halcin Press", "Radio Ardel")
LANGUAGES = ("en", "en-GB", "de", "uk", "zh-Hant")
SUBJECTS = ("medtop:20000587", "medtop:20000420", "desk:ferries")
KEYWORDS = ("Ferry", "Harbour Works", "crème brûlée")
KINDS = ("person", "organisation", "unnamed", "collective")
SAID = ("2023-12-14", "2023-12", "2023", "2024-01-15")


class Corpus(msgspec.Struct):
    """What was posted, as it is answered: the documents, and the ids of who is in them."""

    ids: dict[str, str]
    articles: list[dict[str, Any]]
    quotes: list[dict[str, Any]]


async def fill(writer: httpx.AsyncClient, articles: int = 36) -> Corpus:
    """Post people, organisations and articles whose members are drawn at random, the same each time."""
    random = Random(4)
    ids: dict[str, str] = {}
    for name in PEOPLE:
        ids[name] = (await post(writer, "/v1/people", name=name))["id"]
    for name in AGENCIES:
        ids[name] = (await post(writer, "/v1/organisations", name=name))["id"]
    numbers = count(1)
    written = []
    for _ in range(articles):
        posted = await post(writer, **_article(random, ids, next(numbers)))
        written.append(await read(writer, posted["href"]))
    written.sort(key=lambda each: (each["published_at"], each["id"]), reverse=True)
    quotes = [{**quote, "_at": each["published_at"]} for each in written for quote in each["quotes"]]
    quotes.sort(key=lambda each: (each["_at"], each["id"]), reverse=True)
    return Corpus(ids, written, quotes)


def _article(random: Random, ids: dict[str, str], number: int) -> dict[str, Any]:
    def some(values: Any, most: int = 2) -> list[Any]:
        return random.sample(values, random.randint(0, min(most, len(values))))

    def agency() -> dict[str, str]:
        return {"id": ids[random.choice(AGENCIES)]}

    scheme_codes = [subject.split(":") for subject in some(SUBJECTS)]
    # Some stand at one and the same time, so that the id decides.
    day, hour = divmod(number // 2, 12)
    return {
        "uri": f"tag:example.org,2024:{number}",
        "headline": f"Dispatch {number}",
        "language": random.choice(LANGUAGES),
        "body": [f"Words number {number}, said the one.", "And the other."],
        "published_at": f"2024-02-{day + 1:02}T{hour:02}:00:00Z",
        "provider": random.choice([agency(), None]),
        "sources": [{"as_printed": "an agency", "organisation": agency()} for _ in some([1])],
        "people": [{"person": {"id": ids[name]}} for name in some(PEOPLE)],
        "organisations": [{"organisation": agency()} for _ in some([1])],
        "subjects": [{"scheme": scheme, "code": code} for scheme, code in scheme_codes],
        "keywords": some(KEYWORDS),
        "genre": random.choice(["Interview", "Analysis", None]),
        "urgency": random.choice([1, 4, None]),
        "quotes": [_quote(random, ids) for _ in range(random.randint(0, 2))],
    }


def _quote(random: Random, ids: dict[str, str]) -> dict[str, Any]:
    kind = random.choice(KINDS)
    said = random.choice([*SAID, None])
    precision = {4: "year", 7: "month", 10: "day"}
    speaker: dict[str, Any] = {"kind": kind, "as_printed": "the one", "role": "ferry captain"}
    if kind in ("person", "organisation"):
        speaker[kind] = {"id": ids[random.choice(PEOPLE if kind == "person" else AGENCIES)]}
    return {
        "form": random.choice(["mixed", "indirect"]),
        "fragments": [{"block": random.randint(0, 1), "start": 0, "end": 5}],
        "speaker": speaker,
        "chain": random.choice(
            [[], [{"as_printed": "relay", "organisation": {"id": ids[random.choice(AGENCIES)]}}]]
        ),
        "attribution": random.choice(["explicit", "inherited"]),
        "said_on": said and {"value": said, "precision": precision[len(said)]},
    }
