"""Articles in every state of the visibility matrix, with words of their own that no answer may give away."""

from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx

from tests.lifecycle.dispatches import patch, post

NOTHING = "00000000-0000-7000-8000-000000000000"

_numbers = count(1)


@dataclass
class Scene:
    """One article in one state: its ids, and what must not be seen by whom.

    `content` are words of the article, `names` those of entities that only it names, `ids` all ids of both.
    """

    state: str
    ids: dict[str, str]
    uri: str
    identifier: dict[str, str]
    content: list[str]
    names: list[str]

    def secrets(self, reader: str) -> list[str]:
        """List what no answer to this reader may have in it."""
        # An article that is public now has no secret address.
        ids = [id for kind, id in self.ids.items() if (self.state, kind) != ("old", "articles")]
        if reader == "admin" or self.state == "usable":
            return []
        if reader in ("embargo", "write+embargo"):
            return self.content if self.state in ("killed", "unseen") else []
        # Entities that have been public stay; tombstones name what a reader had.
        return self.content if self.state in ("again", "killed") else [*self.content, *self.names, *ids]

    def probes(self, collection: str) -> dict[str, tuple[str, str]]:
        """Give values of filters that would find what is hidden, each beside one that finds nothing."""
        word = self.identifier["value"]
        content = {
            "uri": (self.uri, "tag:osk.example,2025:zq0xuri"),
            "q": (f"{word}body", "zq0xbody"),
            "keyword": (f"{word}keyword", "zq0xkeyword"),
            "subject": (f"desk:{word}subject", "desk:zq0xsubject"),
            "article": (self.ids["articles"], NOTHING),
        }
        person, agency = (self.ids["people"], NOTHING), (self.ids["organisations"], NOTHING)
        entities = {
            **dict.fromkeys(("person", "speaker", "has_quotes_by"), person),
            **dict.fromkeys(("organisation", "provider", "source", "via"), agency),
            "name": (f"Ilko {word}person", "Ilko Zq0xperson"),
            "identifier": (f"desk:{word}", "desk:zq0x"),
            "position": (f"{word}title", "zq0xtitle"),
        }
        if self.state == "old":
            del content["uri"], content["article"]
        own = {"id": (self.ids.get(collection, NOTHING), NOTHING)} if self.state != "old" else {}
        if self.state in ("again", "killed"):
            return content | (own if collection in ("articles", "quotes") else {})
        return content | entities | own


def dispatch_of(word: str) -> dict[str, Any]:
    """A dispatch that has its word in every text."""
    person = {
        "name": f"Ilko {word}person",
        "identifiers": [{"scheme": "desk", "value": word}],
        "positions": [{"title": f"{word}title"}],
    }
    agency = {"name": f"{word}agency", "identifiers": [{"scheme": "desk", "value": word}]}
    return {
        "uri": f"tag:osk.example,2025:{word}uri",
        "headline": f"Osk {word}headline",
        "slugline": f"{word}slugline",
        "summary": f"{word}summary",
        "language": "en",
        "byline": f"{word}byline",
        "keywords": [f"{word}keyword"],
        "subjects": [{"scheme": "desk", "code": f"{word}subject"}],
        "provider": agency,
        "body": [f"“It is {word}quote,” he said.", f"All of Osk knows {word}body."],
        "media": [{"caption": f"{word}caption", "people": [{"name": f"Ilko {word}person"}]}],
        "people": [{"person": person, "as_printed": [f"{word}printed"]}],
        "quotes": [
            {
                "form": "direct",
                "fragments": [{"text": f"It is {word}quote,"}],
                "speaker": {"kind": "person", "person": {"name": f"Ilko {word}person"}},
                "chain": [{"as_printed": f"{word}relay", "organisation": {"name": f"{word}agency"}}],
            }
        ],
        "sources": [{"as_printed": f"{word}source", "organisation": {"name": f"{word}agency"}}],
        "ed_note": f"{word}note",
    }


PLAIN = {
    "headline": "Osk at noon",
    "language": "en",
    "body": ["A boat came to Osk."],
    "quotes": [],
}


async def scene(desk: httpx.AsyncClient, state: str) -> Scene:
    """Make an article in a state; `desk` may do everything."""
    word = f"zq{next(_numbers)}x"
    given = dispatch_of(word)
    held = {"embargoed_until": "2999-01-01T00:00:00Z"} if state == "embargoed" else {"pub_status": "withheld"}
    at_first = {} if state in ("usable", "again", "killed") else held
    article = await post(desk, given | at_first)
    ids = {
        "articles": article["id"],
        "quotes": article["quotes"][0]["id"],
        "people": article["people"][0]["person"]["id"],
        "organisations": article["provider"]["id"],
    }
    if state == "old":
        answer = await desk.put(article["href"], json=PLAIN, headers={"If-Match": "*"})
        assert answer.status_code == 200, answer.text
    else:
        article = await patch(desk, article, {"slugline": f"{word}second"})
    if state == "again":
        await patch(desk, article, {"pub_status": "withheld"})
    if state in ("killed", "unseen"):
        answer = await desk.post(f"{article['href']}/kill", json={"note": "Taken back."})
        assert answer.status_code == 200, answer.text
    uri = given["uri"]
    names = (f"{word}person", f"{word}title", f"{word}agency")
    parts = ("headline", "slugline", "second", "summary", "byline", "keyword", "subject", "quote", "body")
    parts += ("caption", "printed", "relay", "source", "note", "uri")
    return Scene(
        state=state,
        ids=ids,
        uri=uri,
        identifier={"scheme": "desk", "value": word},
        # The uri of an article stays as it was posted, also when all else of its first version goes.
        content=[word + part for part in parts if not (state == "old" and part == "uri")],
        names=list(names),
    )
