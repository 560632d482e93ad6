"""Runnable documentation: `sh` blocks of curl commands, each followed by an `http` block with its answer.

A `$NAME` in an answer is noted when it is met first, and compared from then on. `"…"` stands for any value
that is not null, a last `"…"` in an array for further elements; an object or a head shows some members only.
"""

import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
VARIABLE = re.compile(r"\$([A-Z_]+)")
# What a shell expands: not inside single quotes.
EXPANDED = re.compile(r"'[^']*'|\$([A-Z_]+)")
ASSIGNMENT = re.compile(r"^([A-Z_]+)=")
ANY = "…"
FLAGS = {"-i": None, "-s": None, "-sS": None, "-G": None, "-I": None}


@dataclass
class Request:
    """What a curl command sends."""

    method: str = "GET"
    url: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    params: list[tuple[str, str]] = field(default_factory=list)
    body: bytes | None = None


@dataclass
class Exchange:
    """One command of a document, and the answer shown for it."""

    line: int
    command: str
    answer: str


def blocks(document: str) -> list[tuple[int, str, str]]:
    """List the fenced blocks: line, language, content."""
    found = BLOCK.finditer(document)
    return [(document.count("\n", 0, block.start()) + 1, block[1], block[2]) for block in found]


def assignments(document: str) -> list[str]:
    """List the lines of the `sh` blocks that set variables."""
    lines = [line for _, language, text in blocks(document) if language == "sh" for line in text.splitlines()]
    return [line for line in lines if ASSIGNMENT.match(line)]


def exchanges(document: str) -> list[Exchange]:
    """Pair every curl command with its answer; one of the two without the other is an error."""
    pairs: list[Exchange] = []
    waiting: tuple[int, str] | None = None
    for line, language, text in blocks(document):
        if language == "http":
            assert waiting, f"line {line}: an answer without its command"
            pairs.append(Exchange(*waiting, text))
            waiting = None
        elif language == "sh" and text.startswith("curl "):
            assert waiting is None, f"line {line}: a command before the answer to the one before"
            waiting = (line, text)
    assert waiting is None, f"line {waiting and waiting[0]}: a command without its answer"
    return pairs


def expand(text: str, known: dict[str, str]) -> str:
    """Put in the variables as a shell does; quotes in a value stay characters."""
    return EXPANDED.sub(lambda found: known[found[1]].replace('"', '\\"') if found[1] else found[0], text)


def parse(command: str, known: dict[str, str]) -> Request:
    """Read the few options of curl that the documents use; another one is an error."""
    words = iter(shlex.split(expand(command.replace("\\\n", " "), known))[1:])
    request, options = Request(), set[str]()
    for word in words:
        if word in FLAGS:
            options.add(word)
        elif word == "-X":
            request.method = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            request.headers[name] = value
        elif word in ("-d", "--data-binary"):
            request.body = content(next(words))
        elif word == "--data-urlencode":
            name, _, value = next(words).partition("=")
            request.params.append((name, value))
        else:
            assert not word.startswith("-"), f"curl option {word} is not known here"
            request.url = word
    if request.body is not None:
        request.method = "POST" if request.method == "GET" else request.method
        request.headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
    if "-I" in options:
        request.method = "HEAD"
    return request


def content(word: str) -> bytes:
    """Give the body that an option names, from a file of the repository after `@`."""
    return (ROOT / word[1:]).read_bytes() if word.startswith("@") else word.encode()


def differences(shown: Any, actual: Any, known: dict[str, str], where: str = "") -> list[str]:
    """List where an answer differs from what is shown of it."""
    if shown == ANY and actual is not None:
        return []
    if isinstance(shown, dict) and isinstance(actual, dict):
        missing = [f"{where}/{key}: not there" for key in shown if key not in actual]
        pairs = [(key, shown[key], actual[key]) for key in shown if key in actual]
        return missing + [one for key, a, b in pairs for one in differences(a, b, known, f"{where}/{key}")]
    if isinstance(shown, list) and isinstance(actual, list):
        wanted = shown[:-1] if shown[-1:] == [ANY] else shown
        if len(actual) < len(wanted) or (len(actual) > len(wanted) and wanted is shown):
            return [f"{where}: {len(actual)} elements"]
        pairs = enumerate(zip(wanted, actual, strict=False))
        return [one for n, (a, b) in pairs for one in differences(a, b, known, f"{where}/{n}")]
    if isinstance(shown, str) and isinstance(actual, str):
        same = same_text(shown, actual, known)
    else:
        same = shown == actual and type(shown) is type(actual)
    return [] if same else [f"{where}: {actual!r} is not {shown!r}"]


def same_text(shown: str, actual: str, known: dict[str, str]) -> bool:
    """Compare texts; a variable that is met first takes what stands in its place."""
    parts = VARIABLE.split(shown)
    for n in range(1, len(parts), 2):
        parts[n] = re.escape(known[parts[n]]) if parts[n] in known else f"(?P<{parts[n]}>.+?)"
    for n in range(0, len(parts), 2):
        parts[n] = re.escape(parts[n])
    found = re.fullmatch("".join(parts), actual, re.DOTALL)
    known.update(found.groupdict() if found else {})
    return found is not None


def check(answer: str, status: int, headers: dict[str, str], body: bytes, known: dict[str, str]) -> list[str]:
    """List where the answer differs from the `http` block: status, the headers and the members shown."""
    head, _, shown = answer.partition("\n\n")
    first, *lines = head.splitlines()
    found = [] if first.split()[1] == str(status) else [f"status {status}"]
    for line in lines:
        name, _, value = line.partition(": ")
        found += differences(value, headers.get(name.lower()), known, name)
    if shown.strip():
        found += differences(json.loads(shown), json.loads(body), known)
    elif shown == "" and "\n\n" in answer:
        found += [] if body == b"" else ["a body"]
    return found
