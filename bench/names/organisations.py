"""The same question for organisations.

Each name asked for while the organisation is stored under one other.
"""

import random

from api.names.context import Candidate, Query
from api.names.keys import keys, lookup
from api.names.score import rank
from bench.names.people import read


def _names(record: dict) -> list[str]:
    return list(dict.fromkeys(name["name"] for name in record["names"]))


def main() -> None:
    """Print R@1 for names in Latin and Cyrillic script, and how many are linked, rightly and wrongly."""
    records, chance = list(read("organisations")), random.Random(5)
    asked = right = linked = wrong = stranger = strangers = 0
    for record in records:
        names = _names(record)
        if len(names) < 2:
            continue
        name, stored = chance.sample(names, 2)
        others = [Candidate(r["id"], tuple(_names(r)), r.get("country")) for r in records if r is not record]
        wanted = {key.key for key in lookup(name, "organisation")}
        people = [Candidate(record["id"], (stored,), record.get("country")), *others]
        found = [c for c in people if wanted & {key for n in c.names for key in keys(n, "organisation")}]
        ranked = rank(Query(name), found, kind="organisation")
        asked += 1
        right += bool(ranked) and ranked[0].id == record["id"]
        linked += bool(ranked) and ranked[0].would_link and ranked[0].id == record["id"]
        wrong += bool(ranked) and ranked[0].would_link and ranked[0].id != record["id"]
        ranked = rank(Query(name), [c for c in found if c.id != record["id"]], kind="organisation")
        strangers += 1
        stranger += bool(ranked) and ranked[0].would_link
    print(f"\norganisations: {asked} asked, R@1 {100 * right / asked:.1f}, linked {100 * linked / asked:.1f} %, "
          f"wrong {wrong}; of {strangers} unknown {stranger} linked")  # fmt: skip


if __name__ == "__main__":
    main()
