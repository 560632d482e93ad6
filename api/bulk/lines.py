"""Lines of a stream of bytes that arrives in pieces, each of bounded length."""

from typing import NamedTuple

BOM = b"\xef\xbb\xbf"
BLANK = b" \t\r"


class Line(NamedTuple):
    """A line by its number, counted from 1; `raw` is None for one that is longer than allowed.

    It is also None for the line that could not be read because the file is damaged there; `damage` says how.
    """

    number: int
    raw: bytes | None
    damage: str | None = None


class Splitter:
    """Cuts lines out of pieces as they come. Of a line that is too long only its number is kept.

    Lines end with a line feed, before which a carriage return is white space; blank lines count, but are not
    given. A byte order mark at the beginning is dropped.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rest = bytearray()
        self._is_long = False
        self.ended = 0
        """How many lines have ended."""

    def feed(self, piece: bytes) -> list[Line]:
        """Take a piece; gives the lines that end in it."""
        found: list[Line] = []
        start = 0
        while (end := piece.find(b"\n", start)) >= 0:
            self._keep(piece[start:end])
            found += self._end()
            start = end + 1
        self._keep(piece[start:])
        return found

    def finish(self) -> list[Line]:
        """Give the last line when the stream ends without a line feed."""
        return self._end() if self._rest or self._is_long else []

    def _keep(self, part: bytes) -> None:
        room = self._limit + len(BOM) if self.ended == 0 else self._limit
        # A carriage return before the line feed is no part of the line.
        if self._is_long or len(self._rest) + len(part) > room + 1:
            self._is_long = True
            self._rest.clear()
        else:
            self._rest += part

    def _end(self) -> list[Line]:
        self.ended += 1
        raw = bytes(self._rest)
        is_long, self._is_long = self._is_long, False
        self._rest.clear()
        if self.ended == 1:
            raw = raw.removeprefix(BOM)
        raw = raw.removesuffix(b"\r")
        if is_long or len(raw) > self._limit:
            return [Line(self.ended, None)]
        return [Line(self.ended, raw)] if raw.strip(BLANK) else []
