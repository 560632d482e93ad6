"""The difference of two bodies: what it says, and that it is complete."""

import time
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from api.articles.diff import BlockChange, diff


class Block(NamedTuple):
    kind: str
    text: str


def body(*texts: str) -> list[Block]:
    return [Block("paragraph", text) for text in texts]


def told(old: Sequence[Block], new: Sequence[Block]) -> list[tuple[str, int | None, int | None]]:
    return [(change.op, change.from_, change.to) for change in diff(old, new)]


def runs(change: BlockChange) -> list[tuple[str, str]]:
    return [(run.op, run.text) for run in change.words]


def applied(old: Sequence[Block], changes: Sequence[BlockChange]) -> list[Block]:
    """Make the new body of the old one and the changes, checking that these tell the old one right."""
    new = []
    for change in changes:
        words = change.words if change.words is not msgspec.UNSET else []
        before = "".join(run.text for run in words if run.op != "insert")
        after = "".join(run.text for run in words if run.op != "delete")
        if change.op == "equal":
            new.append(old[change.from_])
            continue
        if change.from_ is not None:
            assert before == old[change.from_].text
        if change.to is not None:
            assert change.to == len(new)
            kind = change.kind if change.kind is not msgspec.UNSET else old[change.from_].kind
            new.append(Block(kind, after))
    assert [change.from_ for change in changes if change.from_ is not None] == list(range(len(old)))
    return new


def test_equal_bodies_have_only_equal_blocks_and_no_words():
    changes = diff(body("One.", "Two."), body("One.", "Two."))
    assert msgspec.to_builtins(changes) == [
        {"op": "equal", "from": 0, "to": 0},
        {"op": "equal", "from": 1, "to": 1},
    ]


def test_an_edited_block_is_replaced_and_tells_its_words():
    (change,) = diff(body("The board met on Monday."), body("The board will meet on Monday."))
    assert msgspec.to_builtins(change) == {
        "op": "replace",
        "from": 0,
        "to": 0,
        "words": [
            {"op": "equal", "text": "The board "},
            {"op": "delete", "text": "met"},
            {"op": "insert", "text": "will meet"},
            {"op": "equal", "text": " on Monday."},
        ],
    }


def test_inserted_and_deleted_blocks_carry_their_text():
    old, new = body("One.", "Two.", "Three."), body("One.", "A new one.", "Three.", "Four.")
    assert told(old, new) == [
        ("equal", 0, 0), ("delete", 1, None), ("insert", None, 1), ("equal", 2, 2), ("insert", None, 3)
    ]  # fmt: skip
    _, gone, come, _, last = diff(old, new)
    assert runs(gone) == [("delete", "Two.")]
    assert (come.kind, runs(come)) == ("paragraph", [("insert", "A new one.")])
    assert msgspec.to_builtins(last)["from"] is None


def test_an_edited_block_pairs_with_the_one_it_was_and_not_with_the_one_in_its_position():
    old = body("The harbour board met in Ostrava Bay.", "Engineers praised the dredging plan at length.")
    new = body(
        "Nobody had expected this.",
        "The harbour board sat in Ostrava Bay.",
        "Engineers praised the new plan at length.",
    )
    assert told(old, new) == [("insert", None, 0), ("replace", 0, 1), ("replace", 1, 2)]


def test_a_block_that_changes_only_its_kind_is_replaced_with_all_words_equal():
    (change,) = diff([Block("paragraph", "A plan")], [Block("heading", "A plan")])
    assert (change.op, change.kind, runs(change)) == ("replace", "heading", [("equal", "A plan")])


def test_a_space_between_two_changed_words_does_not_cut_the_change():
    (change,) = diff(
        body("They said a quiet triumph for the fleet."), body("They said one loud victory for the fleet.")
    )
    assert runs(change)[1:3] == [("delete", "a quiet triumph"), ("insert", "one loud victory")]


def test_accents_stay_with_their_letter():
    (change,) = diff(body("Zoe smiled at us all."), body("Zoe\u0301 smiled at us all."))
    assert runs(change)[:2] == [("delete", "Zoe"), ("insert", "Zoe\u0301")]


TEXT = st.lists(st.sampled_from(["a", "b ", " ", "“", "é", "😀", "word"]), min_size=1).map("".join)
BLOCK = st.builds(Block, st.sampled_from(["paragraph", "heading"]), TEXT)


@given(st.lists(BLOCK, max_size=6), st.lists(BLOCK, max_size=6))
def test_applied_to_the_old_body_the_changes_give_the_new_one(old, new):
    changes = diff(old, new)
    assert applied(old, changes) == new
    assert msgspec.json.decode(msgspec.json.encode(changes), type=list[BlockChange]) == changes
    for change in changes:
        if change.words is not msgspec.UNSET:
            ops = [run.op for run in change.words]
            assert all(one != other for one, other in pairwise(ops))
            assert all(run.text for run in change.words)


def test_the_largest_bodies_are_compared_in_bounded_time():
    long = [
        Block("paragraph", " ".join(f"w{(7 * i + n) % 997}" for i in range(2_000))[:10_000])
        for n in range(400)
    ]
    many = [Block("paragraph", f"Line {n} of the table.") for n in range(2_000)]
    cases = [
        (long, [Block("paragraph", block.text.upper()) for block in long]),
        (long, [Block("paragraph", block.text[:5_000] + " new " + block.text[5_000:]) for block in long]),
        (many, [Block("paragraph", block.text + " Again.") for block in many]),
        (body("never " * 16_000), body("never " * 8_000 + "ever " + "never " * 8_000)),
    ]
    for old, new in cases:
        began = time.process_time()
        changes = diff(old, new)
        assert time.process_time() - began < 5
        assert applied(old, changes) == new
