"""Evaluates the matcher on the shared data.

`python -m bench.names [--part train|test] [--size 3000] [--seed 7]`.

Hard case: each person asked for is stored under ONE other name, among all other people under all their names;
a quarter of the names asked for are of nobody in the store. Prints tables in Markdown.
"""

import argparse
import random
import resource
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from api.names.context import Candidate, Position, Query
from api.names.score import Scored, rank
from bench.names import organisations
from bench.names.people import DATA, Person, load
from bench.names.queries import MIX, sample
from bench.names.queries import Query as Question
from bench.names.store import Store

KNOWN, UNKNOWN = 914, 330  # of the published baselines


class Answer(NamedTuple):
    """One question with the ranked candidates, and how long the answer took, in milliseconds."""

    question: Question
    ranked: list[Scored]
    milliseconds: float

    @property
    def right(self) -> bool:
        """Tell whether the first candidate is the one meant."""
        return (
            self.question.stored is not None
            and bool(self.ranked)
            and self.ranked[0].id == self.question.person.id
        )

    @property
    def linked(self) -> bool:
        """Tell whether the first candidate is linked."""
        return bool(self.ranked) and self.ranked[0].would_link


def candidate(person: Person) -> Candidate:
    """Give a person as the matcher takes it."""
    positions = tuple(
        Position(title, organisation, since, until) for title, organisation, since, until in person.positions
    )
    return Candidate(
        id=person.id,
        names=tuple(name.value for name in person.names),
        country=person.country,
        positions=positions,
        born=person.born,
    )


def with_context(question: Question, chance: random.Random) -> Query:
    """Give the query with what a dispatch would tell.

    Country, an office, its organisation and a date within it.
    """
    person = question.person
    dated = [p for p in person.positions if p[0] or p[1]]
    title, organisation, since, until = chance.choice(dated) if dated else (None, None, None, None)
    return Query(
        name=question.name.value,
        organisations=(organisation,) if organisation else (),
        country=person.country,
        position=title or None,
        on=until or since,
    )


def answers(questions: Sequence[Question], store: Store, *, context: bool) -> list[Answer]:
    """Ask all questions."""
    chance, found = random.Random(3), list[Answer]()
    for question in questions:
        query = with_context(question, chance) if context else Query(name=question.name.value)
        start = time.perf_counter()
        people = [candidate(person) for person in store.candidates(query.name)]
        middle = time.perf_counter()
        ranked = rank(query, people)
        found.append(Answer(question, ranked, 1000 * (time.perf_counter() - middle)))
        assert middle >= start
    return found


def weights(found: Iterable[Answer]) -> dict[tuple[str, bool], float]:
    """Give what one question of a stratum stands for, in the mix of the published baselines."""
    counts = Counter((a.question.stratum, a.question.stored is not None) for a in found)
    total = sum(MIX.values())
    return {
        (kind, known): share / total * (KNOWN if known else UNKNOWN) / counts[kind, known]
        for kind, share in MIX.items()
        for known in (True, False)
        if counts[kind, known]
    }


def summary(found: Sequence[Answer]) -> str:
    """Give one line: the overall figures in the published mix."""
    weight = weights(found)
    sums = defaultdict[str, float](float)
    for answer in found:
        question = answer.question
        share = weight.get((question.stratum, question.stored is not None), 0.0)
        if question.stored:
            sums["first"] += share * answer.right
            sums["five"] += share * any(one.id == question.person.id for one in answer.ranked)
        if answer.linked:
            sums["good" if answer.right else "wrong"] += share
    raw = sum(answer.linked and not answer.right for answer in found if answer.question.stratum in MIX)
    return (
        f"R@1 {100 * sums['first'] / KNOWN:.1f} · R@5 {100 * sums['five'] / KNOWN:.1f} · linked {100 * sums['good'] / KNOWN:.1f} % "
        f"of known · wrong {100 * sums['wrong'] / (KNOWN + UNKNOWN):.2f} % of queries ({raw} of {len(found)}) · "
        f"{100 * sums['wrong'] / (sums['wrong'] + sums['good'] + 1e-9):.2f} % of links"
    )


def table(found: Sequence[Answer]) -> str:
    """Give the figures by stratum."""
    groups = defaultdict[str, list[Answer]](list)
    for answer in found:
        groups[answer.question.stratum].append(answer)
    lines = [
        "| query → stored | known | R@1 | R@5 | linked | wrong links (known, unknown) |",
        "|---|---|---|---|---|---|",
    ]
    for kind in [*MIX, *sorted(set(groups) - set(MIX))]:
        known = [a for a in groups[kind] if a.question.stored]
        if known:
            five = sum(any(one.id == a.question.person.id for one in a.ranked) for a in known)
            linked = sum(a.linked and a.right for a in known)
            wrong = [
                sum(a.linked and not a.right for a in part)
                for part in (known, [a for a in groups[kind] if not a.question.stored])
            ]
            n = len(known)
            lines.append(
                f"| {kind} | {n} | {100 * sum(a.right for a in known) / n:.1f} | {100 * five / n:.1f} | {100 * linked / n:.1f} "
                f"| {wrong[0]}, {wrong[1]} |"
            )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.names", description=__doc__)
    parser.add_argument("--part", choices=("train", "test"), default="test")
    parser.add_argument("--size", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    if not DATA.exists():
        raise SystemExit(f"the shared data is not there: {DATA}")
    people = load()
    part = [person for person in people if person.test == (options.part == "test")]
    questions = sample(part, options.size, options.seed)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    store = Store(people, questions)
    print(f"{len(store.people)} people, {sum(len(p.names) for p in store.people)} names, {len(store.postings)} keys, "
          f"{sum(map(len, store.postings.values()))} postings; index {time.perf_counter() - start:.1f} s")  # fmt: skip
    for context in (False, True):
        found = answers(questions, store, context=context)
        times = sorted(a.milliseconds for a in found)
        print(
            f"\n## {'with' if context else 'without'} context ({options.part})\n\n{summary(found)}\n\n{table(found)}\n"
        )
        print(f"scoring: mean {statistics.mean(times):.1f} ms, p50 {times[len(times) // 2]:.1f} ms, "
              f"p95 {times[int(len(times) * 0.95)]:.1f} ms")  # fmt: skip
    print(f"memory grown by {(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024:.0f} MB")
    organisations.main()


if __name__ == "__main__":
    main()
