"""Tests of the trees: read as written, and never turned around by what speaks for somebody."""

import math

import msgspec
import pytest

from api.names import trees
from api.names.context import Candidate, Position, Query
from api.names.fit import person_fits
from api.names.score import rank
from api.names.standing import FIRST, NUMBERS, numbers


def numbered(**known: float) -> list[float]:
    return [known.get(name, 0.0) for name in NUMBERS]


def test_a_tree_is_read_in_prefix_order_and_followed_by_its_bounds(monkeypatch: pytest.MonkeyPatch):
    lines = ["level<=1\t-2\tletters<=0.5\t0.5\t3", "0.25"]
    monkeypatch.setattr(trees, "_trees", lambda: tuple(trees.tree(line) for line in lines))
    for row, logit in (
        (numbered(level=1.0), -1.75),
        (numbered(level=1.1, letters=0.5), 0.75),
        (numbered(level=1.1, letters=0.6), 3.25),
    ):
        assert trees.chance(row) == pytest.approx(1 / (1 + math.exp(-logit)))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("level<=1\t-2", "could not convert"),
        ("1\t2", "more than a tree"),
        ("height<=1\t1\t2", "not in tuple"),
    ],
)
def test_a_tree_that_ends_early_or_late_or_names_no_number_is_refused(line: str, why: str):
    with pytest.raises(ValueError, match=why):
        trees.tree(line)


MAKER = Position("minister of trade", "Ministry of Trade", "2020-01-01", "2024-12-31")
KNOWN = Candidate("1", ("Siarhiej Alejnik",), "BY", positions=(MAKER,), born="1965")


@pytest.mark.parametrize("name", ["Sergei Aleinik", "Сергей Олейник", "Sergei Alenin", "S. Aleinik"])
@pytest.mark.parametrize(
    ("for_it", "against_it"),
    [
        (Query("", country="BY"), Query("", country="US")),
        (Query("", organisations=("Ministry of Trade",)), Query("", organisations=("Chess Federation",))),
        (
            Query("", position="minister of trade", on="2022-05-01"),
            Query("", position="minister of trade", on="2012-05-01"),
        ),
        (Query("", position="minister of trade"), Query("", position="goalkeeper")),
    ],
)
def test_what_agrees_never_counts_against_a_person_and_what_contradicts_never_for_one(
    name: str, for_it: Query, against_it: Query
):
    with_it, plain, without = (
        rank(msgspec.structs.replace(told, name=name), [KNOWN])[0].score
        for told in (for_it, Query(""), against_it)
    )
    assert with_it >= plain >= without
    assert with_it > without


def test_the_trees_look_at_the_first_candidates_alone_and_the_others_stay_behind():
    people = [Candidate(str(number), (f"Ivan Petrov{'aeiou'[number % 5]}",)) for number in range(FIRST + 4)]
    ranked = rank(Query(name="Ivan Petrov"), people, limit=len(people))
    assert len(ranked) == len(people)
    assert [each.score for each in ranked] == sorted((each.score for each in ranked), reverse=True)


def test_each_candidate_has_every_number():
    fits = sorted(person_fits(Query(name="Sergei Aleinik"), [KNOWN]), key=lambda fit: -fit.level)
    (row,) = numbers(Query(name="Sergei Aleinik"), fits)
    found = dict(zip(NUMBERS, row, strict=True))
    assert (found["place"], found["query_words"], found["candidate_words"]) == (0, 2, 2)
    assert found["home"] == -1.0  # in Belarus most write Cyrillic
    assert 0 < found["share"] < 1
    assert found["lead"] == found["level"] - found["rival"]
