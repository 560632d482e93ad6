# ruff: noqa: RUF001 - look-alike marks are this file's subject
"""Re-anchoring: what becomes of quotes when the body of their article is edited."""

import random
import time
import unicodedata
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.quotes.anchoring import Reanchored, reanchor
from api.quotes.verbatim import Span, check_order
from api.quotes.words import words

STORY = [
    "The harbour board met in Ostrava Bay on Monday to settle the dredging plan.",
    "Its chair, Ilse Brandt, called the plan “a quiet triumph for the fishing fleet” and thanked the crews.",
    "The crews had asked for it twice. Engineers were “good” at the work, she said, and the air was good.",
    "“We will not wait another winter,” Brandt said. “The channel opens in May.”",
    "The owners of two trawlers said nothing. The board meets again in June.",
]


def span(blocks: Sequence[str], text: str, nth: int = 0) -> Span:
    places = [(b, i) for b, t in enumerate(blocks) for i in range(len(t)) if t.startswith(text, i)]
    block, start = places[nth]
    return Span(block, start, start + len(text))


def follow(old: Sequence[str], new: Sequence[str], *fragments: str | Span) -> Reanchored:
    quote = [span(old, f) if isinstance(f, str) else f for f in fragments]
    (result,) = reanchor(old, new, [quote])
    assert_true(result, new)
    return result


def assert_true(result: Reanchored, new: Sequence[str]) -> None:
    assert check_order(result.spans) == []
    for part in result.spans:
        assert 0 <= part.start < part.end <= len(new[part.block])
    assert bool(result.spans) == (result.status != "withdrawn")
    assert bool(result.reason) == (result.status == "withdrawn")


def read(new: Sequence[str], result: Reanchored) -> list[str]:
    return [new[block][start:end] for block, start, end in result.spans]


def edited(block: int, old: str, new: str, story: Sequence[str] = STORY) -> list[str]:
    assert old in story[block]
    return [*story[:block], story[block].replace(old, new), *story[block + 1 :]]


def test_equal_bodies_leave_every_quote_where_it_is():
    assert follow(STORY, list(STORY), "good").spans == (span(STORY, "good"),)


def test_paragraphs_inserted_and_deleted_before_shift_a_quote():
    new = ["Ostrava Bay has a new plan.", *STORY[1:2], "Crews cheered.", *STORY[2:]]
    for text in ("a quiet triumph for the fishing fleet", "We will not wait another winter,"):
        result = follow(STORY, new, text)
        assert (result.status, read(new, result)) == ("current", [text])


def test_a_one_word_quote_whose_word_also_occurs_elsewhere_stays_with_its_neighbours():
    for nth in (0, 1):
        new = edited(
            2, "asked for it twice", "asked for it time and again, and then once more", ["No.", *STORY][1:]
        )
        result = follow(STORY, new, span(STORY, "good", nth))
        assert result == Reanchored("current", (span(new, "good", nth),))


def test_a_one_word_quote_survives_a_change_of_the_words_beside_it():
    new = edited(2, "Engineers were “good” at the work", "The engineers proved “good” in their work")
    assert follow(STORY, new, "good") == Reanchored("current", (span(new, "good"),))


def test_a_quoted_word_that_is_deleted_is_not_found_again_in_words_that_were_there_before():
    new = edited(2, "Engineers were “good” at the work, she said, and the air", "The air")
    assert "good" in new[2]
    assert follow(STORY, new, "good").status == "withdrawn"
    new = [*STORY[:2], "The air was good.", *STORY[3:]]
    assert follow(STORY, new, "good").status == "withdrawn"


def test_a_quoted_word_that_is_deleted_is_not_found_within_a_longer_word():
    new = [*STORY[:2], "The crews thanked her for the goodwill.", *STORY[3:]]
    assert follow(STORY, new, "good").status == "withdrawn"


def test_a_misspelling_corrected_within_a_one_word_quote_is_a_change():
    old = edited(2, "“good”", "“eficient”")
    new = edited(2, "“good”", "“efficient”")
    result = follow(old, new, "eficient")
    assert (result.status, read(new, result)) == ("changed", ["efficient"])


def test_one_word_replaced_by_another_withdraws_a_one_word_quote():
    result = follow(STORY, edited(2, "“good”", "“bad”"), span(STORY, "good"))
    assert result.status == "withdrawn"
    assert "fragment 0" in result.reason


def test_words_edited_within_a_quote_change_it():
    new = edited(1, "a quiet triumph for the fishing fleet", "a great triumph for our fishing fleet")
    result = follow(STORY, new, "a quiet triumph for the fishing fleet")
    assert (result.status, read(new, result)) == ("changed", ["a great triumph for our fishing fleet"])


def test_words_inserted_and_deleted_within_a_quote_change_it():
    for text in ("We will not wait for another long winter,", "We will not wait,"):
        new = edited(3, "We will not wait another winter,", text)
        result = follow(STORY, new, "We will not wait another winter,")
        assert (result.status, read(new, result)) == ("changed", [text])


def test_a_quote_with_too_few_of_its_words_left_is_withdrawn():
    new = edited(1, "a quiet triumph for the fishing fleet", "a loud disaster that ruins everyone")
    assert follow(STORY, new, "a quiet triumph for the fishing fleet").status == "withdrawn"


def test_a_quote_that_was_taken_out_is_withdrawn():
    for new in (STORY[:1], [*STORY[:3], *STORY[4:]], ["Nothing of this."]):
        assert follow(STORY, new, "We will not wait another winter,").status == "withdrawn"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("called the plan “a quiet", "named the plan “a quiet"),
        ("called the plan “a quiet", "called it “a quiet"),
        ("called the plan “a quiet", "called the plan, once more, “a quiet"),
        ("fleet” and thanked", "fleet” before she went and thanked"),
        ("fleet” and thanked", "fleet,” and praised"),
        ("Its chair, Ilse Brandt, called the plan ", ""),
        (" and thanked the crews", ""),
    ],
)
def test_edits_right_at_its_edges_leave_a_quote_as_it_is(old, new):
    body = [*edited(1, old, new), "Some said “a quiet triumph for the fishing fleet” is too much."]
    quoted = "a quiet triumph for the fishing fleet"
    assert follow(STORY, body, quoted) == Reanchored("current", (span(body, quoted),))


def test_an_edit_across_the_edge_of_a_quote_takes_the_words_that_stand_for_it():
    new = edited(1, "called the plan “a quiet triumph", "found it “an enormous triumph")
    result = follow(STORY, new, "a quiet triumph for the fishing fleet")
    assert (result.status, read(new, result)) == ("changed", ["an enormous triumph for the fishing fleet"])


def test_other_quote_marks_around_it_leave_a_quote_current():
    for pair in ("«»", "„“", "‘’", '""', "  "):
        new = [text.replace("“", pair[0]).replace("”", pair[1]) for text in STORY]
        for text in ("good", "We will not wait another winter,", "The channel opens in May."):
            result = follow(STORY, new, text)
            assert (result.status, read(new, result)) == ("current", [text])


def test_other_punctuation_within_a_quote_is_no_other_word():
    old = edited(3, "We will not wait another winter,", "We will not wait – not another winter,")
    new = edited(
        3,
        "We will not wait another winter,” Brandt said.",
        "We will not wait, not another winter.” So Brandt.",
    )
    result = follow(old, new, "We will not wait – not another winter,")
    assert (result.status, read(new, result)) == ("current", ["We will not wait, not another winter."])


def test_a_paragraph_split_beside_a_quote_moves_it():
    head, tail = STORY[3].split(" “The")
    new = [*STORY[:3], head, "“The" + tail, *STORY[4:]]
    assert follow(STORY, new, "The channel opens in May.").spans == (span(new, "The channel opens in May."),)


def test_a_paragraph_split_within_a_quote_makes_two_fragments_of_the_same_words():
    old = [STORY[0], "“It is done. We waited for years and years,” she said.", STORY[4]]
    new = [STORY[0], "“It is done.", "“We waited for years and years,” she said.", STORY[4]]
    result = follow(old, new, "It is done. We waited for years and years,")
    assert result.status == "current"
    assert read(new, result) == ["It is done.", "We waited for years and years,"]


def test_paragraphs_merged_keep_the_fragments_of_a_quote_that_ran_over_both():
    old = [
        *STORY[:3],
        "“We will not wait another winter.",
        "“The channel opens in May,” Brandt said.",
        STORY[4],
    ]
    new = [
        STORY[0],
        " ".join(STORY[1:3]),
        "“We will not wait another winter. The channel opens in May,” Brandt said.",
    ]
    result = follow(old, new, "We will not wait another winter.", "The channel opens in May,")
    assert result.status == "current"
    assert read(new, result) == ["We will not wait another winter.", "The channel opens in May,"]


def test_every_quote_follows_its_paragraph_when_paragraphs_change_places():
    for order in ([4, 3, 2, 1, 0], [1, 0, 2, 4, 3], [3, 0, 1, 2, 4], [0, 2, 3, 4, 1]):
        new = [STORY[index] for index in order]
        for text in ("good", "a quiet triumph for the fishing fleet", "The channel opens in May."):
            result = follow(STORY, new, text)
            assert (result.status, read(new, result)) == ("current", [text])
            assert result.spans[0].block == order.index(span(STORY, text).block)
            assert result.spans[0][1:] == span(STORY, text)[1:]


@pytest.mark.parametrize(
    "order", [[4, 3, 2, 1, 0], [1, 0, 2, 3, 4], [1, 2, 3, 4, 0], [0, 2, 3, 1, 4], [0, 4, 1, 2, 3]]
)
def test_a_quote_edited_in_a_paragraph_that_moved_is_changed(order):
    story = edited(
        1,
        "Its chair",
        "So much for that. Its chair",
        edited(1, "the crews.", "the crews. That was all of it then."),
    )
    changed = edited(1, "quiet triumph", "silent triumph", story)
    new = [changed[index] for index in order]
    result = follow(story, new, "a quiet triumph for the fishing fleet")
    assert (result.status, read(new, result)) == ("changed", ["a silent triumph for the fishing fleet"])


def test_fragments_that_change_places_make_a_quote_changed_and_stay_in_the_order_of_the_body():
    new = [STORY[0], STORY[3], STORY[2], STORY[1], STORY[4]]
    result = follow(STORY, new, "a quiet triumph", "We will not wait another winter,")
    assert result.status == "changed"
    assert read(new, result) == ["We will not wait another winter,", "a quiet triumph"]


def test_one_lost_fragment_withdraws_a_quote_and_is_named():
    new = [*STORY[:3], STORY[4]]
    result = follow(STORY, new, "a quiet triumph", "The channel opens in May.")
    assert (result.status, result.spans) == ("withdrawn", ())
    assert "fragment 1" in result.reason


def test_fragments_that_fall_on_the_same_words_withdraw_a_quote():
    old = ["First: “We will never sell the yard.” Then: “We will never sell the yard.” That was all he said."]
    new = ["First: “We will never sell the yard.” That was all he said."]
    quote = [span(old, "We will never sell the yard.", nth) for nth in (0, 1)]
    assert follow(old, new, *quote).status == "withdrawn"


def test_repeated_paragraphs_keep_their_quotes_by_what_stands_beside_them():
    old = ["“No,” he said.", STORY[0], "“No,” he said.", STORY[1], "“No,” he said."]
    new = ["“No,” he said.", "They asked again.", *old[1:]]
    for nth in (1, 2):
        assert follow(old, new, span(old, "No,", nth)).spans == (span(new, "No,", nth),)


def test_right_to_left_text_is_followed():
    old = ["השר אמר: “לא נחכה עוד חורף” וגם הודה לצוותים.", "הנמל ייפתח במאי, כך אמר השר."]
    new = ["מועצת הנמל נפגשה.", "שר הנמל אמר: “לא נחכה עוד חורף אחד” וגם הודה לצוותים.", old[1]]
    result = follow(old, new, "לא נחכה עוד חורף")
    assert read(new, result) == ["לא נחכה עוד חורף"]
    assert follow(old, new, "הנמל ייפתח במאי,").status == "current"


def test_a_body_in_another_normalisation_form_keeps_its_quotes():
    old = ["Zoë Brontë sagte: „Schöne Grüße an alle Brüder“ und ging.", "Später fügte sie hinzu: „Für Noël!“"]
    new = [unicodedata.normalize("NFD", text) for text in old]
    for text in ("Schöne Grüße an alle Brüder", "Für Noël!"):
        result = follow(old, new, text)
        assert (result.status, read(new, result)) == ("current", [unicodedata.normalize("NFD", text)])


def test_emoji_are_words_and_counted_in_code_points():
    old = ["😀 “We won 👍🏽 today” 😀 she wrote to the crews on Monday."]
    new = ["😀😀 “We won 👍🏽 again today” 😀 she wrote to the crews on Monday."]
    result = follow(old, new, "We won 👍🏽 today")
    assert (result.status, read(new, result)) == ("changed", ["We won 👍🏽 again today"])


def test_text_without_spaces_is_followed_sign_by_sign():
    old = [
        "港湾委員会は月曜日に開かれた。",
        "委員長は「もう一度冬を待つことはない」と述べた。船員に感謝した。",
    ]
    new = [
        "港湾委員会は月曜日に開かれた。",
        "委員長は「もう二度と冬を待つことはない」と述べた。船員にも感謝した。",
    ]
    result = follow(old, new, "もう一度冬を待つことはない")
    assert (result.status, read(new, result)) == ("changed", ["もう二度と冬を待つことはない"])


def test_a_fragment_that_ends_within_a_word_keeps_its_place_in_the_word():
    old = ["She called him an un“believable” man of the old harbour, and left the room at once."]
    new = ["She called him an un“believable” man of the harbour, and left the quiet room."]
    assert follow(old, new, "believ").spans == (span(new, "believ"),)


def test_a_quote_of_signs_only_is_found_where_they_stand_once():
    assert follow(["He wrote “?!” twice."], ["She says he wrote “?!” again."], "?!").status == "current"


WORDS = st.sampled_from(
    ["never", "said", "the", "a", "“plan”", "don’t", "mayor,", "e\u0301té", "😀", "שלום", "5.5", "war."]
)
PARAGRAPH = st.lists(WORDS, min_size=1, max_size=25).map(" ".join)
BODY = st.lists(PARAGRAPH, min_size=1, max_size=6)


@st.composite
def body_and_quotes(draw):
    body = draw(BODY)
    quotes = []
    for _ in range(draw(st.integers(1, 4))):
        block = draw(st.integers(0, len(body) - 1))
        cuts = sorted(draw(st.sets(st.integers(0, len(body[block])), min_size=2, max_size=4)))
        spans = [Span(block, s, e) for s, e in zip(cuts[::2], cuts[1::2], strict=False)]
        quotes.append([s for s in spans if body[block][s.start : s.end].strip()])
    return body, [quote for quote in quotes if quote]


@st.composite
def edits(draw, body):
    """A body after a few edits of a newsroom: words, sentences and paragraphs come, go and move."""
    new = list(body)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(new) - 1))
        kind = draw(
            st.sampled_from(["insert", "delete", "swap", "split", "merge", "word", "drop word", "repeat"])
        )
        tokens = new[at].split(" ")
        word = draw(st.integers(0, len(tokens) - 1))
        if kind == "insert":
            new.insert(at, draw(PARAGRAPH))
        elif kind == "delete" and len(new) > 1:
            del new[at]
        elif kind == "swap":
            other = draw(st.integers(0, len(new) - 1))
            new[at], new[other] = new[other], new[at]
        elif kind == "split" and word:
            new[at : at + 1] = [" ".join(tokens[:word]), " ".join(tokens[word:])]
        elif kind == "merge" and at + 1 < len(new):
            new[at : at + 2] = [" ".join(new[at : at + 2])]
        elif kind == "word":
            new[at] = " ".join([*tokens[:word], draw(WORDS), *tokens[word:]])
        elif kind == "drop word" and len(tokens) > 1:
            new[at] = " ".join([*tokens[:word], *tokens[word + 1 :]])
        elif kind == "repeat":
            new.insert(at, new[at])
    return new


def said(blocks: Sequence[str], spans: Sequence[Span]) -> list[str]:
    return [word for block, start, end in spans for word in words(blocks[block][start:end])]


def count(body: Sequence[str], text: str) -> int:
    return sum(block.startswith(text, at) for block in body for at in range(len(block)))


@settings(max_examples=150, deadline=None)
@given(body_and_quotes(), st.data())
def test_after_any_edits_every_answer_is_verbatim_and_current_means_the_same_words(case, data):
    old, quotes = case
    new = data.draw(edits(old))
    for quote, result in zip(quotes, reanchor(old, new, quotes), strict=True):
        assert_true(result, new)
        if result.status != "withdrawn":
            assert (said(new, result.spans) == said(old, quote)) == (result.status == "current")
    assert [r.spans for r in reanchor(old, list(old), quotes)] == [tuple(quote) for quote in quotes]


@settings(max_examples=150, deadline=None)
@given(body_and_quotes(), st.data())
def test_a_text_that_occurs_once_before_and_after_any_edits_is_current(case, data):
    old, quotes = case
    new = data.draw(edits(old))
    for fragment in (fragment for quote in quotes for fragment in quote):
        text = old[fragment.block][fragment.start : fragment.end]
        if count(old, text) == count(new, text) == 1 and text == text.strip():
            (result,) = reanchor(old, new, [[fragment]])
            assert result.status == "current"
            assert said(new, result.spans) == words(text)


@settings(max_examples=150, deadline=None)
@given(body_and_quotes(), st.data())
def test_a_text_that_occurs_once_in_three_bodies_is_found_in_two_steps_as_in_one(case, data):
    old, quotes = case
    middle = data.draw(edits(old))
    new = data.draw(edits(middle))
    for fragment in (fragment for quote in quotes for fragment in quote):
        text = old[fragment.block][fragment.start : fragment.end]
        (first,) = reanchor(old, middle, [[fragment]])
        if count(old, text) == count(middle, text) == count(new, text) == 1 and read(middle, first) == [text]:
            (second,) = reanchor(middle, new, [first.spans])
            (direct,) = reanchor(old, new, [[fragment]])
            assert second.status == direct.status == "current"
            assert said(new, second.spans) == said(new, direct.spans)


@pytest.mark.parametrize("name", ["other words", "one word", "stops", "edits everywhere", "marks"])
def test_the_largest_bodies_are_followed_in_bounded_time(name):
    rng = random.Random(7)
    vocabulary = [
        "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 9))) for _ in range(5_000)
    ]
    body = [" ".join(rng.choices(vocabulary, k=1_600))[:10_000] for _ in range(400)]
    if name == "one word":
        old, new = ["never " * 2_500] * 266, ["never " * 2_499 + "ever"] * 266
    elif name == "stops":
        old, new = ["! " * 50_000] * 40, ["!" * 100_000] * 40
    elif name == "edits everywhere":
        old, new = body, [text.replace(" a", " b", 3) for text in body]
    elif name == "marks":
        old, new = ["a" + "\u0301\u0323" * 49_000] * 2, ["b" + "\u0301\u0323" * 49_000] * 2
    else:
        old, new = body, [text[::-1] for text in body]
    quotes = [
        [Span(rng.randrange(len(old)), 100 * i, 100 * i + rng.randint(1, 300))]
        for i in range(90)
        for _ in range(10)
    ]
    began = time.process_time()
    results = reanchor(old, new, quotes)
    assert time.process_time() - began < 5
    for result in results:
        assert_true(result, new)
