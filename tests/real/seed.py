"""The seed dispatch as a body for POST: offsets into its file, and nothing of its sentences."""

from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
FILE = DATA / "seed" / "dispatch.txt"

HEADLINE = (13, 96)
CAPTION = (98, 132)
CREDIT = (134, 169)
DATELINE = (172, 192)
BLOCKS = (
    (172, 433),
    (435, 553),
    (555, 811),
    (813, 1128),
    (1130, 1352),
    (1354, 1661),
    (1663, 2120),
    (2122, 2381),
)

# A span in quotation marks that is a programme's title and no quote.
TITLE = (237, 271)

LAVROV = {
    "name": "Sergey Lavrov",
    "names": [
        {"value": "Sergei Lavrov", "language": "en", "script": "Latn", "kind": "transliteration"},
        {"value": "Сергей Лавров", "language": "ru", "script": "Cyrl", "kind": "alias"},
    ],
    "positions": [
        {
            "title": "Minister of Foreign Affairs of Russia",
            "organisation": {"name": "Russian Ministry of Foreign Affairs", "kind": "government"},
            "from": "2004-03-09",
        }
    ],
}
ALEJNIK = {
    "name": "Siarhiej Alejnik",
    "names": [
        {"value": "Sergei Aleinik", "language": "en", "script": "Latn", "kind": "transliteration"},
        {"value": "Сергей Алейник", "language": "ru", "script": "Cyrl", "kind": "alias"},
        {"value": "Сяргей Алейнік", "language": "be", "script": "Cyrl", "kind": "alias"},
    ],
    "positions": [
        {
            "title": "Minister of Foreign Affairs of Belarus",
            "organisation": {"name": "Belarusian foreign ministry", "kind": "government"},
            "from": "2022-12-13",
        }
    ],
}
PRINTED_DAY = {"value": "2023-12-15", "precision": "day", "basis": "dateline, year inferred"}
BRIEFING = {"addressee": "reporters", "occasion": "after a joint board meeting", "place": "Moscow"}
OPENING = {"occasion": "opening speech"}


def text() -> str:
    """Read the file as it is."""
    return FILE.read_text(encoding="utf-8")


def said(*spans: tuple[int, int]) -> str:
    """Give the text of a quote as it must be answered, from spans of the file."""
    file = text()
    return " … ".join(file[start:end] for start, end in spans)


def lavrov(as_printed: str, role: str | None = None) -> dict[str, Any]:
    return {
        "kind": "person",
        "as_printed": as_printed,
        "person": {"name": "Sergey Lavrov"},
        "role": role,
    }


def alejnik(as_printed: str, role: str | None = None) -> dict[str, Any]:
    return {
        "kind": "person",
        "as_printed": as_printed,
        "person": {"name": "Siarhiej Alejnik"},
        "role": role,
    }


def diplomats(as_printed: str) -> dict[str, Any]:
    return {"kind": "collective", "as_printed": as_printed, "description": "Russian diplomats"}


def relay(as_printed: str, name: str, cue: str | None) -> list[dict[str, Any]]:
    return [{"as_printed": as_printed, "organisation": {"name": name}, "cue": cue}]


# Form, spans of the file, speaker, and what else the dispatch says of the attribution.
# A continuation inherits the chain with the speaker: the words come from where the sentence before came.
ATTRIBUTIONS: list[tuple[str, list[tuple[int, int]], dict[str, Any], dict[str, Any]]] = [
    (
        "mixed",
        [(349, 375), (381, 432)],
        lavrov("Sergey Lavrov", "Russian Foreign Minister"),
        {"cue": "according to", "said_on": PRINTED_DAY, **BRIEFING},
    ),
    (
        "mixed",
        [(632, 674)],
        lavrov("Lavrov"),
        {"cue": "as saying", "chain": relay("TASS", "TASS", "quoted"), "said_on": PRINTED_DAY, **BRIEFING},
    ),
    (
        "mixed",
        [(743, 810)],
        lavrov("Lavrov"),
        {"attribution": "inherited", "chain": relay("TASS", "TASS", None), "said_on": PRINTED_DAY},
    ),
    (
        "indirect",
        [(845, 917)],
        lavrov("top diplomat", "top diplomat"),
        {"cue": "said", "said_on": PRINTED_DAY},
    ),
    ("direct", [(920, 1118)], lavrov("he"), {"cue": "said", "said_on": PRINTED_DAY}),
    (
        "mixed",
        [(1184, 1224), (1235, 1257), (1279, 1290)],
        alejnik("Alejnik"),
        {
            "cue": "said",
            "chain": relay("the Belarusian foreign ministry", "Belarusian foreign ministry", "reported"),
            "said_on": PRINTED_DAY,
        },
    ),
    (
        "direct",
        [(1355, 1630)],
        alejnik("the Belarusian minister", "minister"),
        {"cue": "said", "said_on": PRINTED_DAY},
    ),
    ("mixed", [(1731, 1819)], lavrov("Lavrov"), {"cue": "said", "said_on": PRINTED_DAY, **OPENING}),
    (
        "mixed",
        [(1842, 1968)],
        lavrov("Lavrov"),
        {"attribution": "inherited", "said_on": PRINTED_DAY, **OPENING},
    ),
    ("mixed", [(2010, 2119)], lavrov("him"), {"cue": "According to", "said_on": PRINTED_DAY, **OPENING}),
    (
        "indirect",
        [(2174, 2285)],
        diplomats("Russian diplomats"),
        {
            "cue": "announced",
            "said_on": {"value": "2023-12", "precision": "month", "basis": "earlier in the week"},
        },
    ),
    ("indirect", [(2297, 2333)], diplomats("They"), {"cue": "planned"}),
]


def fragment(span: tuple[int, int]) -> dict[str, Any]:
    """Turn a span of the file into a fragment of the body."""
    start, end = span
    number, block = next((n, b) for n, b in enumerate(BLOCKS) if b[0] <= start and end <= b[1])
    return {"block": number, "start": start - block[0], "end": end - block[0], "text": text()[start:end]}


def quotes() -> list[dict[str, Any]]:
    return [
        {"form": form, "fragments": [fragment(span) for span in spans], "speaker": speaker, **more}
        for form, spans, speaker, more in ATTRIBUTIONS
    ]


def dispatch() -> dict[str, Any]:
    """Build the body for `POST /v1/articles`."""
    file = text()
    return {
        "uri": "tag:example.org,2023:seed",
        "headline": file[slice(*HEADLINE)],
        "language": "en",
        "dateline": {
            "text": file[slice(*DATELINE)],
            "date": {"value": "2023-12-15", "precision": "day", "basis": "printed day, year inferred"},
            "agency": "Pozirk",
        },
        "provider": {"name": "Pozirk", "kind": "agency"},
        "published_at": "2023-12-15T04:56:00Z",
        "body": [file[start:end] for start, end in BLOCKS],
        "media": [
            {
                "caption": file[slice(*CAPTION)],
                "credit": file[slice(*CREDIT)],
                "people": [{"name": "Siarhiej Alejnik"}, {"name": "Sergey Lavrov"}],
            }
        ],
        "people": [
            {"person": ALEJNIK, "as_printed": ["Siarhiej Alejnik", "Alejnik"], "rel": "about"},
            {
                "person": LAVROV,
                "as_printed": ["Sergey Lavrov", "Lavrov"],
                "role": "Russian Foreign Minister",
                "rel": "about",
            },
        ],
        "organisations": [
            {
                "organisation": {"name": "Belarusian foreign ministry"},
                "as_printed": ["the Belarusian foreign ministry"],
            }
        ],
        "quotes": quotes(),
        "sources": [
            {"organisation": {"name": "TASS", "kind": "agency"}, "as_printed": "TASS"},
            {
                "organisation": {"name": "Belarusian foreign ministry"},
                "as_printed": "the Belarusian foreign ministry",
            },
        ],
    }
