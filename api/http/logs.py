"""Logs: structured lines, JSON in production and readable on a terminal."""

import logging
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from select import PIPE_BUF
from time import gmtime, strftime
from typing import Any
from urllib.parse import unquote

import msgspec
import structlog

SECRET = re.compile(r"(?:^|&)[^=&]*(?:key|token|secret|auth|pass)|dl_", re.IGNORECASE)
LONGEST_LOGGED = 500
UNMATCHED = "unmatched"
_encode = msgspec.json.Encoder().encode


def configure_logging(log_format: str) -> None:
    """Set up structlog, and the standard library's logging through it, on standard error.

    `log_format` is `json` or `console`.
    """
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: list[Any] = (
        # Plain tracebacks: structlog's default shows the local variables, secrets among them.
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if log_format == "console"
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(_encoded)]
    )
    structlog.configure(
        processors=[*shared, *renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # Names every address that is called, and so what a webhook's address holds.
    logging.getLogger("httpx").setLevel(logging.WARNING)


class Asked(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was asked for. `route` is the template."""

    route: str
    path: str
    query: str | None = None


class Place:
    """What was asked for, and the same encoded for its lines."""

    __slots__ = ("asked", "members")

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.members = _encode(asked)[1:-1]


class AccessLine(msgspec.Struct, frozen=True):
    """What is logged about one request beside its place. Never the key; `at` is a Unix time."""

    at: float
    method: str
    status: int
    seconds: float
    request_id: bytes
    key_id: str | None

    @property
    def level(self) -> str:
        """How grave it is."""
        return "error" if self.status >= 500 else "info"


class AccessLog:
    """The lines of requests, in the same form as all others."""

    def __init__(self, log_format: str) -> None:
        self._is_json = log_format == "json"
        self._second = 0
        self._date = b""

    def write(self, lines: Iterable[tuple[Place, AccessLine]]) -> None:
        """Write lines."""
        if self._is_json:
            for text in _together(self._encoded(place, line) for place, line in lines):
                sys.stderr.write(text.decode())
            return
        for place, line in lines:
            _write_console(place.asked, line)

    def _encoded(self, place: Place, line: AccessLine) -> bytes:
        """Write a line as JSON. By hand, because an encoder takes twice as long; ids need no escapes."""
        if int(line.at) != self._second:
            self._second = int(line.at)
            self._date = strftime("%Y-%m-%dT%H:%M:%S", gmtime(line.at)).encode()
        return (
            b'{"event":"request","timestamp":"%b.%06dZ","level":"%b","method":%b,%b,"status":%d,"ms":%.2f,'
            b'"request_id":"%b"%b}\n'
        ) % (
            self._date,
            line.at % 1 * 1e6,
            line.level.encode(),
            _encode(line.method),
            place.members,
            line.status,
            line.seconds * 1000,
            line.request_id,
            b"" if line.key_id is None else b',"key_id":"%b"' % line.key_id.encode(),
        )


def _together(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Join lines to texts that a pipe takes whole (POSIX `write`).

    All workers write to the same; into a longer text another one's would come.
    """
    text = b""
    for line in lines:
        if text and len(text) + len(line) > PIPE_BUF:
            yield text
            text = b""
        text += line
    if text:
        yield text


def _write_console(asked: Asked, line: AccessLine) -> None:
    log: Any = structlog.get_logger("dateline.access")
    shown = {
        "method": line.method,
        **msgspec.structs.asdict(asked),
        "status": line.status,
        "ms": round(line.seconds * 1000, 2),
        "request_id": line.request_id.decode(),
        "key_id": line.key_id,
    }
    given = {name: value for name, value in shown.items() if value is not None}
    (log.error if line.level == "error" else log.info)("request", **given)


def place_of(scope: Mapping[str, Any]) -> Place:
    """Give what a request asks for."""
    query: bytes = scope["query_string"]
    return Place(
        Asked(
            scope.get("path_template") or UNMATCHED,
            scope.get("raw_path", b"")[:LONGEST_LOGGED].decode("latin-1"),
            loggable_query(query) if query else None,
        )
    )


def loggable_query(query: bytes) -> str:
    """Give a query string for the log, or a note in its place when it may hold a secret."""
    text = query[:LONGEST_LOGGED].decode("latin-1")
    return "(not logged: it may hold a secret)" if SECRET.search(unquote(text)) else text


def _encoded(line: dict[str, Any], **_options: Any) -> str:
    return msgspec.json.encode(line, enc_hook=repr).decode()
