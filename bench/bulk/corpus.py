"""Makes dispatches for measuring: invented text, quotes pinned to it, people and organisations that recur."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

SYLLABLES = "ba ke li mo nu ra si to va we xi yo za chi dra fen gol har jun kel".split()  # noqa: SIM905 - readable
PEOPLE, ORGANISATIONS, WORDS = 5_000, 500, 20_000


def _word(draw: random.Random) -> str:
    return "".join(draw.choices(SYLLABLES, k=draw.randint(2, 4)))


def dispatches(number: int, seed: int = 1) -> Iterator[bytes]:
    """Give lines: 2,000 characters of text in eight blocks, three quotes, two relays, five names each."""
    draw = random.Random(seed)
    words = [_word(draw) for _ in range(WORDS)]
    people = [f"{_word(draw).title()} {_word(draw).title()} {i:x}" for i in range(PEOPLE)]
    organisations = [f"{_word(draw).title()} Agency {i:x}" for i in range(ORGANISATIONS)]
    for n in range(number):
        yield (
            json.dumps(_dispatch(draw, n, words, people, organisations), ensure_ascii=False).encode() + b"\n"
        )


def _dispatch(
    draw: random.Random, n: int, words: list[str], people: list[str], organisations: list[str]
) -> dict:
    body, quotes = [], []
    for block in range(8):
        text = " ".join(draw.choices(words, k=32)).capitalize() + "."
        if block in (1, 3, 5):
            said = " ".join(draw.choices(words, k=10))
            speaker = draw.choice(people)
            body.append(f"“{said},” {speaker} said. {text}")
            quotes.append(
                {
                    "form": "direct",
                    "fragments": [{"block": block, "start": 1, "end": 1 + len(said), "text": said}],
                    "speaker": {"kind": "person", "as_printed": speaker, "person": {"name": speaker}},
                    "cue": "said",
                    "chain": [
                        {"as_printed": (relay := draw.choice(organisations)), "organisation": {"name": relay}}
                    ]
                    if block < 5
                    else [],
                }
            )
        else:
            body.append(text)
    return {
        "uri": f"tag:example.org,2026:bench-{n}",
        "headline": " ".join(draw.choices(words, k=8)).capitalize(),
        "language": "en",
        "published_at": f"20{10 + n % 15}-0{1 + n % 9}-1{n % 10}T10:00:00Z",
        "provider": {"name": organisations[n % 20]},
        "body": body,
        "people": [{"person": {"name": draw.choice(people)}, "as_printed": ["X"]} for _ in range(2)],
        "quotes": quotes,
        "keywords": draw.choices(words, k=3),
    }


def write(path: Path, number: int) -> None:
    with path.open("wb") as out:
        out.writelines(dispatches(number))
