"""Who sees an article: everyone a public one, scope `embargo` a held one, scope `admin` a killed one."""

from datetime import datetime
from typing import TypeVar

import msgspec

from api.http.problems import Problem, not_found
from api.http.reader import Reader

PUBLIC, HELD, KILLED = 0, 1, 2


class Standing(msgspec.Struct, kw_only=True):
    """What decides who sees an article, and what is told to those who do not."""

    visibility: int
    was_public: bool
    killed_at: datetime | None
    kill_note: str | None


T = TypeVar("T", bound=Standing)


def listed(reader: Reader) -> int:
    """Give the highest visibility that lists show this reader; killed articles are in no list."""
    return HELD if reader.sees_held else PUBLIC


def require_visible(found: T | None, reader: Reader) -> T:
    """Give what was found when the reader may see it: else 404, or 410 with the note of a killed article.

    A killed article that was never public is a 404 for those who could not see it before (design §3.4).
    """
    if found is None:
        raise not_found()
    is_held = found.visibility == HELD
    if found.visibility == PUBLIC or (reader.sees_held if is_held else reader.sees_killed):
        return found
    if is_held or not (found.was_public or reader.sees_held):
        raise not_found()
    raise killed(found)


def killed(standing: Standing) -> Problem:
    """Build the 410 for a killed article, with its public note."""
    return Problem(
        410,
        "killed",
        "The article was killed: remove it wherever it was published.",
        extra={"note": standing.kill_note, "killed_at": standing.killed_at},
    )
