"""The same question for organisations.

Each name asked for while the organisation is stored under one other, without and with its country.
"""

import random
from collections import Counter
from collections.abc import Sequence

from api.names.context import Candidate, Query
from api.names.guard import may_link
from api.names.keys import keys, lookup
from api.names.score import rank
from bench.names.people import read


def _names(record: dict) -> list[str]:
    return list(dict.fromkeys(name["name"] for name in record["names"]))


def _candidate(record: dict, names: Sequence[str]) -> Candidate:
    return Candidate(record["id"], tuple(names), record.get("country"))


def _first(query: Query, candidates: Sequence[Candidate]) -> tuple[str, bool]:
    """Give the id of the first candidate, empty for none, and whether it is linked."""
    ranked = rank(query, candidates, kind="organisation")
    if not ranked:
        return "", False
    first = next(candidate for candidate in candidates if candidate.id == ranked[0].id)
    return first.id, ranked[0].would_link and may_link(query, first, "organisation")


def _ask(record: dict, others: Sequence[Candidate], chance: random.Random, *, told: bool) -> Counter[str]:
    """Ask one name of an organisation that is stored under another one, and one that is not stored at all."""
    name, stored = chance.sample(_names(record), 2)
    wanted, query = {key.key for key in lookup(name, "organisation")}, Query(name)
    if told:
        query = Query(name, country=record.get("country"))
    known = [c for c in others if wanted & {key for n in c.names for key in keys(n, "organisation")}]
    own = [_candidate(record, [stored])] if wanted & {*keys(stored, "organisation")} else []
    (first, linked), (_, stranger) = _first(query, [*own, *known]), _first(query, known)
    right = first == record["id"]
    return Counter(right=right, linked=linked and right, wrong=linked and not right, stranger=stranger)


def main() -> None:
    """Print R@1, and how many are linked, rightly and wrongly."""
    records = list(read("organisations"))
    for told in (False, True):
        chance, found, asked = random.Random(5), Counter[str](), 0
        for record in records:
            if len(_names(record)) > 1:
                others = [_candidate(r, _names(r)) for r in records if r is not record]
                found += _ask(record, others, chance, told=told)
                asked += 1
        print(
            f"\norganisations, {'with' if told else 'without'} country: {asked} asked, "
            f"R@1 {100 * found['right'] / asked:.1f}, linked {100 * found['linked'] / asked:.1f} %, "
            f"wrong {found['wrong']}; of as many unknown {found['stranger']} linked"
        )


if __name__ == "__main__":
    main()
