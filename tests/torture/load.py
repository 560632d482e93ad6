"""Clients that write all the time and write down what was acknowledged; a lost answer is no answer."""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

OUTLAST = 20.0  # seconds that a post is repeated for
PATIENCE = 10.0  # seconds to an answer
NAMES = (
    "Ilko Brandt",
    "Mara Venn",
    "Tovar Lesk",
    "Ada Quill",
    "Niko Farrow",
    "Sela Orm",
    "Jun Aster",
    "Pia Rook",
)
SAYINGS = (
    "the ferry will run on Monday",
    "no pier was lost",
    "we counted every boat",
    "the lamp burns again",
    "nobody asked the keeper",
    "the bridge is sold",
)
PLAIN = (
    "The harbour office opened at noon.",
    "Rain fell on Osk for three days.",
    "The council meets again next week.",
)
SURE = {200, 201, 409, 410, 412}


@dataclass
class Ledger:
    """What the service has promised: documents by their version, and posts by their own mark."""

    articles: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    quotes: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    entities: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    posts: dict[str, str] = field(default_factory=dict)
    hrefs: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    unanswered: int = 0
    repeated: int = 0
    faults: list[str] = field(default_factory=list)

    def writes(self) -> int:
        return len(self.articles) + len(self.quotes) + len(self.entities)


class Target:
    """Where the service answers now: each start has a port of its own."""

    url = ""
    key = ""

    @asynccontextmanager
    async def client(self, patience: float = PATIENCE) -> AsyncGenerator[httpx.AsyncClient]:
        """A client that may do everything, for as long as the service has this address."""
        headers = {"Authorization": f"Bearer {self.key}"}
        # Without the certificates of https, which take longer to load than a request.
        client = httpx.AsyncClient(base_url=self.url, headers=headers, timeout=patience, verify=False)
        async with client:
            yield client


def dispatch(random: random.Random, mark: str) -> dict[str, Any]:
    """A dispatch with one to three quotes; one in three is held, by an embargo that ends soon or for good."""
    body, quotes = [], []
    for said in random.sample(SAYINGS, random.randint(1, 3)):
        name = random.choice(NAMES)
        body += [random.choice(PLAIN), f"“{said}”, {name} said on the quay."]
        speaker = {"kind": "person", "as_printed": name, "person": {"name": name}}
        quotes.append(
            {"form": "direct", "fragments": [{"text": said, "block": len(body) - 1}], "speaker": speaker}
        )
    hold: dict[str, Any] = {}
    chance = random.random()
    if chance < 0.15:
        hold = {"pub_status": "withheld"}
    elif chance < 0.33:
        end = datetime.now(UTC) + timedelta(seconds=random.uniform(0.1, 1.5))
        hold = {"embargoed_until": end.isoformat()}
    provider = {"name": "Osk Wire"} if random.random() < 0.7 else None
    return {
        "headline": f"News of {random.choice(NAMES)}",
        "slugline": mark,
        "language": random.choice(["en", "de", "be"]),
        "ed_note": "Hold the second edition." if random.random() < 0.3 else None,
        "body": body,
        "quotes": quotes,
        "provider": provider,
        **hold,
    }


def edited(random: random.Random, body: list[dict[str, Any]]) -> list[str]:
    """A body with a block more, one less, two exchanged, or a word changed."""
    blocks = [block["text"] for block in body]
    at = random.randrange(len(blocks))
    match random.randrange(4):
        case 0:
            blocks.insert(at, random.choice(PLAIN))
        case 1 if len(blocks) > 1:
            del blocks[at]
        case 2:
            blocks[at], blocks[-1] = blocks[-1], blocks[at]
        case _:
            words = blocks[at].split(" ")
            words[random.randrange(len(words))] = random.choice(["calm", "grey", "old"])
            blocks[at] = " ".join(words)
    return blocks


class Client:
    """One newsroom: it posts, patches, releases, withholds, kills, corrects quotes and renames people."""

    def __init__(self, target: Target, ledger: Ledger, name: str) -> None:
        self._target = target
        self._ledger = ledger
        self._random = random.Random(name)
        self._name = name

    async def run(self, stop: asyncio.Event) -> None:
        """Write until told to stop; after a lost connection look for the service again."""
        posted = 0
        while not stop.is_set():
            try:
                async with self._target.client() as client:
                    while not stop.is_set():
                        if self._random.random() < 0.4 or not self._ledger.hrefs:
                            posted += 1
                            await self._post(f"{self._name}/{posted}")
                        else:
                            await self._change(client)
            except (httpx.TransportError, Unanswered):
                self._ledger.unanswered += 1
                await asyncio.sleep(0.02)

    async def _post(self, mark: str) -> None:
        """Post once, whatever happens: without an answer again, under the same idempotency key."""
        document, key = dispatch(self._random, mark), {"Idempotency-Key": mark}
        patience = self._random.choices((PATIENCE, self._random.uniform(0.005, 0.1)), (80, 20))[0]
        end = asyncio.get_running_loop().time() + OUTLAST
        while asyncio.get_running_loop().time() < end:
            try:
                async with self._target.client(patience) as client:
                    answer = await self._sent(client, "POST", "/v1/articles", document, key)
            except (httpx.TransportError, Unanswered):
                patience = PATIENCE  # only the first try hangs up on an answer that is on its way
                self._ledger.unanswered += 1
                await asyncio.sleep(0.05)
                continue
            self._ledger.repeated += "idempotent-replayed" in answer.headers
            self._note_post(mark, answer.json())
            return
        self._ledger.faults.append(f"{mark} could not be posted in {OUTLAST:.0f} s")

    def _note_post(self, mark: str, article: dict[str, Any]) -> None:
        if "id" not in article:
            self._ledger.faults.append(f"{mark} was answered by {article}")
            return
        for each in article.pop("resolution"):
            if each["type"] == "person" and each["id"] not in self._ledger.people:
                self._ledger.people.append(each["id"])
        self._ledger.posts[mark] = article["id"]
        self._ledger.articles[article["id"], article["version"]] = article
        self._ledger.hrefs.append(article["href"])

    async def _change(self, client: httpx.AsyncClient) -> None:
        href = self._random.choice(self._ledger.hrefs[-60:])
        match self._random.choices(
            ("body", "release", "kill", "withhold", "quote", "rename"), (40, 20, 8, 8, 18, 3)
        )[0]:
            case "body":
                await self._edit(client, href)
            case "release":
                self._note(await self._sent(client, "POST", f"{href}/release", {}))
            case "kill":
                self._note(await self._sent(client, "POST", f"{href}/kill", {"note": "It was not so."}))
            case "withhold":
                self._note(await self._patched(client, href, {"pub_status": "withheld"}))
            case "quote":
                await self._correct(client, href)
            case _:
                person = self._random.choice(self._ledger.people)
                name = f"{self._random.choice(NAMES)} {self._random.choice(['Elder', 'Younger', 'Third'])}"
                self._note(await self._patched(client, f"/v1/people/{person}", {"name": name}))

    async def _edit(self, client: httpx.AsyncClient, href: str) -> None:
        article = (await self._sent(client, "GET", href)).json()
        if article.get("pub_status") not in ("usable", "withheld"):
            return
        change: dict[str, Any] = {"body": edited(self._random, article["body"])}
        if self._random.random() < 0.3:
            change["revision"] = {"kind": "correction", "note": "A word was wrong.", "public": True}
        self._note(await self._patched(client, href, change, f'"{article["version"]}.x"'))

    async def _correct(self, client: httpx.AsyncClient, href: str) -> None:
        article = (await self._sent(client, "GET", href)).json()
        if article.get("quotes"):
            quote = self._random.choice(article["quotes"])
            occasion = f"on day {self._random.randrange(1000)}"
            self._note(await self._patched(client, quote["href"], {"occasion": occasion}))

    async def _patched(
        self, client: httpx.AsyncClient, href: str, change: dict[str, Any], match: str = "*"
    ) -> httpx.Response:
        headers = {"If-Match": match, "Content-Type": "application/merge-patch+json"}
        return await self._sent(client, "PATCH", href, change, headers)

    async def _sent(
        self,
        client: httpx.AsyncClient,
        method: str,
        path: str,
        document: Any = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Send a request; an answer that says neither yes nor no is as good as none."""
        answer = await client.request(method, path, json=document, headers=headers)
        if answer.status_code in (500, 503):
            if answer.status_code == 500:
                self._ledger.faults.append(f"500 to {method} {path}: {answer.text}")
            raise Unanswered
        running = "idempotency" in answer.text and answer.status_code == 409
        if running:
            raise Unanswered
        if answer.status_code not in SURE:
            self._ledger.faults.append(f"{answer.status_code} to {method} {path}: {answer.text}")
        return answer

    def _note(self, answer: httpx.Response) -> None:
        if answer.status_code == 200:
            document = answer.json()
            kept = {
                "article": self._ledger.articles,
                "quote": self._ledger.quotes,
                "person": self._ledger.entities,
            }
            kept[document["type"]][document["id"], document["version"]] = document


class Unanswered(Exception):  # noqa: N818 - no error: a crash may cost any answer
    """The service could not say what became of a request."""
