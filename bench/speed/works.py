"""The work: files of requests for wrk, as each contender understands them."""

import itertools
import json
import random
import urllib.error
import urllib.request
from pathlib import Path

import msgspec

from bench.speed.contenders import Contender
from bench.speed.corpus import Corpus, dispatch

WORKS = (
    "hot article", "article", "article zipf", "list 20", "list 100", "two filters", "search", "quotes", "304",
    "read key", "post", "mixed 95/5",
)  # fmt: skip
MOST = 20_000
SUMMARY = """id version uri headline slugline summary language byline urgency publishedAt createdAt updatedAt
    keywords"""
ARTICLE = (
    "query($id: UUID!) { articleById(id: $id) { "
    + SUMMARY
    + """ body
    quotesByArticleId(orderBy: POSITION_ASC) { nodes { id form text cue status fragments speakerAsPrinted
    personBySpeakerId { id name } } } } }"""
)
LIST = "{ allArticles(first: 20, orderBy: PUBLISHED_AT_DESC) { nodes { " + SUMMARY + " } } }"


class UnansweredError(Exception):
    """A contender does not do a work."""


class Work(msgspec.Struct):
    """Requests as (method, path, body), the headers that all have, and the API keys for methods."""

    requests: list[tuple[str, str, str]]
    headers: dict[str, str] = {}
    keys: dict[str, str] = {}

    def write(self, folder: Path) -> dict[str, str]:
        """Write the file; gives the environment that wrk's script reads."""
        path = folder / "requests"
        path.write_text("".join("\t".join(request) + "\n" for request in self.requests))
        headers = ";".join(f"{name}:{value}" for name, value in self.headers.items())
        keys = {f"BENCH_{method}_KEY": f"Bearer {key}" for method, key in self.keys.items()}
        return {"BENCH_REQUESTS": str(path), "BENCH_HEADERS": headers, **keys}


def zipf(chance: random.Random, articles: list[str]) -> list[str]:
    """Draw articles as news is read: the nth most read 1/n times as often as the first."""
    weights = list(itertools.accumulate(1 / rank for rank in range(1, len(articles) + 1)))
    return chance.choices(articles, cum_weights=weights, k=MOST)


def work(name: str, contender: Contender, corpus: Corpus, base: str) -> Work:
    """Make a work for a contender."""
    chance = random.Random(name)
    if contender.name == "PostGraphile":
        return _graphql(name, chance, corpus)
    articles = [f"/v1/articles/{id}" for id in corpus.articles]
    if name == "304":
        return _conditional(articles[0], base)
    if name in ("post", "mixed 95/5"):
        return _writing(name, chance, corpus, articles)
    paths = {
        "hot article": lambda: articles[:100],
        "article": lambda: chance.sample(articles, min(MOST, len(articles))),
        "article zipf": lambda: zipf(chance, articles),
        "list 20": lambda: ["/v1/articles?limit=20"],
        "list 100": lambda: ["/v1/articles?limit=100"],
        "two filters": lambda: ["/v1/articles?limit=20&language=en&urgency=4"],
        "search": lambda: [f"/v1/search?q={word}" for word in ("harbour", "ferry", "winter")],
        "quotes": lambda: [f"/v1/people/{id}/quotes?limit=20" for id in corpus.people],
        "read key": lambda: articles[:100],
    }[name]()
    keys = {"GET": corpus.read_key} if name == "read key" else {}
    return Work([("GET", path, "") for path in paths], keys=keys)


def _conditional(path: str, base: str) -> Work:
    with urllib.request.urlopen(base + path) as answer:
        return Work([("GET", path, "")], {"If-None-Match": answer.headers["ETag"]})


def _writing(name: str, chance: random.Random, corpus: Corpus, articles: list[str]) -> Work:
    """Post dispatches; in the mixed work each after nineteen reads as news is read."""
    posts = [("POST", "/v1/articles", json.dumps(dispatch(chance, number))) for number in range(1_000)]
    keys = {"POST": corpus.write_key}
    if name == "post":
        return Work(posts, keys=keys)
    reads = iter([("GET", path, "") for path in zipf(chance, articles)])
    requests = [each for post in posts for each in (*itertools.islice(reads, 19), post)]
    return Work(requests, keys=keys)


def _graphql(name: str, chance: random.Random, corpus: Corpus) -> Work:
    if name == "list 20":
        bodies = [json.dumps({"query": LIST})]
    else:
        most = 100 if name == "hot article" else MOST
        ids = chance.sample(corpus.articles, min(most, len(corpus.articles)))
        bodies = [json.dumps({"query": ARTICLE, "variables": {"id": id}}) for id in ids]
    return Work([("POST", "/graphql", body) for body in bodies])


def check(work: Work, base: str) -> int:
    """Send the first request; gives the bytes of the answer, which is a success."""
    method, path, body = work.requests[0]
    keys = {"Authorization": f"Bearer {work.keys[method]}"} if method in work.keys else {}
    headers = {"Content-Type": "application/json", **work.headers, **keys}
    request = urllib.request.Request(base + path, body.encode() or None, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return len(answer.read())
    except urllib.error.HTTPError as error:
        if error.code == 304:
            return 0
        raise UnansweredError(f"{method} {path}: {error.code}") from None
