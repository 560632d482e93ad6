"""Evaluates the matcher on the shared data.

`python -m bench.names [--part train|test] [--size 3000] [--seed 7]`.

Hard case: each person asked for is stored under ONE other name, among all other people under all their names;
a quarter of the names asked for are of nobody in the store. Prints tables in Markdown.
"""

import argparse
import random
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from api.names.context import Candidate, Position, Query
from api.names.score import Scored, rank
from bench.names import organisations
from bench.names.people import DATA, Person, load
from bench.names.queries import MIX, sample
from bench.names.queries import Query as Question
from bench.names.store import Store
from bench.names.twins import likely_twins

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
        people = [candidate(person) for person in store.candidates(query.name)]
        start = time.perf_counter()
        ranked = rank(query, people)
        found.append(Answer(question, ranked, 1000 * (time.perf_counter() - start)))
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


def wrong(answer: Answer, people: Mapping[str, Person]) -> bool:
    """Tell whether a link is wrong; to a likely twin of the one meant it is neither right nor wrong."""
    linked = answer.linked and not answer.right
    return linked and not likely_twins(answer.question.person, people[answer.ranked[0].id])


def summary(found: Sequence[Answer], people: Mapping[str, Person]) -> str:
    """Give the overall figures in the published mix."""
    weight, sums = weights(found), defaultdict[str, float](float)
    for answer in found:
        question = answer.question
        share = weight.get((question.stratum, question.stored is not None), 0.0)
        if question.stored:
            sums["first"] += share * answer.right
            sums["five"] += share * any(one.id == question.person.id for one in answer.ranked)
        sums["good"] += share * (answer.linked and answer.right)
        sums["wrong"] += share * wrong(answer, people)
        sums["strict"] += share * (answer.linked and not answer.right)
    links, asked = sums["good"] + sums["wrong"], KNOWN + UNKNOWN
    rates = {name: 100 * sums[name] / KNOWN for name in ("first", "five", "good")}
    return (
        f"R@1 {rates['first']:.1f}, R@5 {rates['five']:.1f}; linked {rates['good']:.1f} % of known names; "
        f"wrong {100 * sums['wrong'] / asked:.2f} % of all names, "
        f"{100 * sums['wrong'] / max(links, 1):.2f} % of links; "
        f"with links to likely twins as wrong ones {100 * sums['strict'] / asked:.2f} % ({len(found)} asked)"
    )


def _row(kind: str, group: Sequence[Answer], people: Mapping[str, Person]) -> str:
    known = [a for a in group if a.question.stored]
    five = sum(any(one.id == a.question.person.id for one in a.ranked) for a in known)
    shares = (sum(a.right for a in known), five, sum(a.linked and a.right for a in known))
    cells = " | ".join(f"{100 * n / len(known):.1f}" for n in shares)
    bad = [
        sum(wrong(a, people) for a in group if bool(a.question.stored) is is_known)
        for is_known in (True, False)
    ]
    return f"| {kind} | {len(known)} | {cells} | {bad[0]} + {bad[1]} of {len(group) - len(known)} |"


def table(found: Sequence[Answer], people: Mapping[str, Person]) -> str:
    """Give the figures by stratum; wrong links of known names + of unknown ones."""
    groups = defaultdict[str, list[Answer]](list)
    for answer in found:
        groups[answer.question.stratum].append(answer)
    lines = ["| asked → stored | known | R@1 | R@5 | linked % | wrong links |", "|---|---|---|---|---|---|"]
    kinds = [*MIX, *sorted(set(groups) - set(MIX))]
    return "\n".join([*lines, *(_row(kind, groups[kind], people) for kind in kinds if groups[kind])])


def main() -> None:
    """Evaluate persons without and with context, then organisations."""
    parser = argparse.ArgumentParser(prog="python -m bench.names", description=__doc__)
    parser.add_argument("--part", choices=("train", "test"), default="test")
    parser.add_argument("--size", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    if not DATA.exists():
        raise SystemExit(f"the shared data is not there: {DATA}")
    people = load()
    by_id = {person.id: person for person in people}
    part = [person for person in people if person.test == (options.part == "test")]
    questions = sample(part, options.size, options.seed)
    start = time.perf_counter()
    rank(Query("Ann Onymous"), [Candidate("x", ("Ann Onymous",))])
    print(f"tables loaded in {time.perf_counter() - start:.2f} s")
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    store = Store(people, questions)
    print(
        f"{len(store.people)} people, {sum(len(p.names) for p in store.people)} names, "
        f"{len(store.postings)} keys, {sum(map(len, store.postings.values()))} postings; "
        f"index made in {time.perf_counter() - start:.1f} s"
    )
    for context in (False, True):
        found = answers(questions, store, context=context)
        times = sorted(a.milliseconds for a in found)
        heading = f"{'With' if context else 'Without'} context, {options.part} part"
        print(f"\n### {heading}\n\n{summary(found, by_id)}\n\n{table(found, by_id)}\n")
        print(f"scoring: p50 {times[len(times) // 2]:.1f} ms, p95 {times[int(len(times) * 0.95)]:.1f} ms")
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"memory grown by {grown:.0f} MB: the index of this evaluation, and caches of words")
    organisations.main()


if __name__ == "__main__":
    main()
