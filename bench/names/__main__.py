"""Evaluates the matcher on the shared data.

`python -m bench.names [--part train|test] [--size 1500] [--seed 7]`. It needs one processor and 1 GB for about five
minutes.

Hard case: each person asked for is stored under ONE other name, among all other people under all their names;
a quarter of the names asked for are of nobody in the store. Prints tables in Markdown.
"""

import argparse
import json
import random
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from api.names.context import Candidate, Position, Query
from api.names.keys import lookup
from api.names.score import Scored, rank
from api.names.script import script_of
from api.names.terms import terms
from bench.names import organisations
from bench.names.people import DATA, Name, Person, load
from bench.names.queries import MIX, sample
from bench.names.queries import Query as Question
from bench.names.store import Store
from bench.names.twins import likely_twins

KNOWN, UNKNOWN = 914, 330  # of the published baselines


class Answer(NamedTuple):
    """One question with the ranked candidates."""

    question: Question
    ranked: list[Scored]

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


@cache
def _code(country: str | None) -> str | None:
    """Give a country's code, as the service has it, by its name in the data; the name where none is known."""
    found = [term[1:] for term in terms(country or "").terms if term[0] == "@"]
    return found[0] if len(found) == 1 else country


def candidate(person: Person) -> Candidate:
    """Give a person as the matcher takes it."""
    positions = tuple(
        Position(title, organisation, since, until) for title, organisation, since, until in person.positions
    )
    return Candidate(
        id=person.id,
        names=tuple(name.value for name in person.names),
        country=_code(person.country),
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
        country=_code(person.country),
        position=title or None,
        on=until or since,
    )


def answers(questions: Sequence[Question], store: Store, *, context: bool) -> list[Answer]:
    """Ask all questions."""
    chance, found = random.Random(3), list[Answer]()
    for question in questions:
        query = with_context(question, chance) if context else Query(name=question.name.value)
        people = [candidate(person) for person in store.candidates(query.name)]
        found.append(Answer(question, rank(query, people)))
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


def padded(people: Sequence[Person], size: int) -> list[Person]:
    """Give the people and, up to a number, invented ones: the first word of one name with the last of another."""
    chance, found = random.Random(9), list(people)
    pool = [
        name.value.split() for person in people for name in person.names if name.script in ("Latn", "Cyrl")
    ]
    while len(found) < size:
        name = f"{chance.choice(pool)[0]} {chance.choice(pool)[-1]}"
        id = f"invented:{len(found)}"
        found.append(Person(id, (id,), (Name(name, script_of(name) or "Latn"),), None, None, (), test=False))
    return found


def percentiles(times: Sequence[float]) -> str:
    """Give the median and the 95th percentile of milliseconds."""
    ordered = sorted(times)
    return f"p50 {ordered[len(ordered) // 2]:.1f} ms, p95 {ordered[int(len(ordered) * 0.95)]:.1f} ms"


def cost(people: Sequence[Person], names: Sequence[str]) -> str:
    """Say what a name costs among 50,000 people, and a process that matches."""
    store, keyed, scored = Store(padded(people, 50_000)), list[float](), list[float]()
    for name in names:
        start = time.process_time()
        lookup(name, "person")
        middle = time.process_time()
        found = [candidate(person) for person in store.candidates(name)]
        later = time.process_time()
        rank(Query(name=name), found)
        keyed.append(1000 * (middle - start))
        scored.append(1000 * (time.process_time() - later))
    fresh = subprocess.run(
        [sys.executable, "-m", "bench.names.cost"], check=True, capture_output=True, text=True
    )
    spent = json.loads(fresh.stdout)
    return (
        f"{len(store.people)} people, {len(names)} names, processor time: keys {percentiles(keyed)}; "
        f"scoring {percentiles(scored)}\n"
        f"a fresh process: {spent['import']:.2f} s to import, {spent['tables']:.2f} s to the first answers in five "
        f"scripts, {spent['megabytes']:.0f} MB"
    )


def main() -> None:
    """Evaluate persons without and with context, then organisations, then what it costs."""
    parser = argparse.ArgumentParser(prog="python -m bench.names", description=__doc__)
    parser.add_argument("--part", choices=("train", "test"), default="test")
    parser.add_argument("--size", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    if not DATA.exists():
        raise SystemExit(f"the shared data is not there: {DATA}")
    people = load()
    by_id = {person.id: person for person in people}
    part = [person for person in people if person.test == (options.part == "test")]
    questions = sample(part, options.size, options.seed)
    store = Store(people, questions)
    print(
        f"{len(store.people)} people, {sum(len(p.names) for p in store.people)} names, "
        f"{len(store.postings)} keys, {sum(map(len, store.postings.values()))} postings"
    )
    for context in (False, True):
        found = answers(questions, store, context=context)
        heading = f"{'With' if context else 'Without'} context, {options.part} part"
        print(f"\n### {heading}\n\n{summary(found, by_id)}\n\n{table(found, by_id)}", flush=True)
    organisations.main()
    print(f"\n{cost(people, [question.name.value for question in questions[::3]])}")


if __name__ == "__main__":
    main()
