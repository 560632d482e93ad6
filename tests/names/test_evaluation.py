"""A small slice of the evaluation on the shared data, where it is present."""

import pytest

from bench.names.people import DATA


@pytest.mark.skipif(not (DATA / "people.ndjson.gz").exists(), reason="the shared data is absent")
def test_a_small_slice_of_the_evaluation_keeps_its_level():
    from bench.names.__main__ import answers
    from bench.names.people import load
    from bench.names.queries import sample
    from bench.names.store import Store

    people = load()[::12]
    questions = sample([person for person in people if not person.test], 60, 1)
    found = answers(questions, Store(people, questions), context=False)
    known = [answer for answer in found if answer.question.stored]
    assert sum(answer.right for answer in known) / len(known) > 0.75
    assert sum(answer.linked and not answer.right for answer in found) <= 2
