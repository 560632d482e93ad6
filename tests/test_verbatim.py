# ruff: noqa: RUF001 - look-alike marks are this file's subject
"""The verbatim rule: what `locate`, `check_order` and `check_marks` accept, fill in and refuse."""

import re
import time
import unicodedata
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.quotes.verbatim import Fault, Span, check_marks, check_order, locate

BODY = [
    "The mayor called the plan “a quiet triumph.”",
    "“We said never, and never is what we meant,” she added.",
    "שלום, היא אמרה שוב: שלום.",
    "Zoe\u0301 smiled 😀 and said “👍🏽 merci”.",
]


def cut(blocks: Sequence[str], span: Span | Fault) -> str:
    assert isinstance(span, Span), span
    return blocks[span.block][span.start : span.end]


def fault(result: Span | Fault) -> Fault:
    assert isinstance(result, Fault), result
    return result


def test_offsets_that_match_are_accepted():
    assert locate(BODY, "a quiet triumph", 0, 27, 42) == Span(0, 27, 42)


def test_a_text_that_occurs_once_is_filled_in_from_the_body_or_from_its_block():
    assert cut(BODY, locate(BODY, "a quiet triumph")) == "a quiet triumph"
    assert locate(BODY, "a quiet triumph", 0) == locate(BODY, "a quiet triumph")


def test_a_full_span_without_text_is_filled_in_from_the_body():
    assert locate(BODY, None, 0, 27, 42) == Span(0, 27, 42)


def test_a_text_that_occurs_twice_needs_offsets_and_the_refusal_says_where_it_stands():
    refused = fault(locate(BODY, "never"))
    assert (refused.code, refused.member) == ("ambiguous_fragment", "text")
    assert refused.candidates == (Span(1, 9, 14), Span(1, 20, 25))
    assert "2 times in the body" in refused.detail
    assert "first at block 1, 9 to 14; block 1, 20 to 25" in refused.detail


def test_overlapping_occurrences_count():
    assert fault(locate(["aba banana"], "ana")).candidates == (Span(0, 5, 8), Span(0, 7, 10))


def test_a_text_twice_in_the_body_but_once_in_the_block_is_filled_in_when_the_block_is_given():
    assert locate(["never", "never"], "never", 1) == Span(1, 0, 5)


def test_thousands_of_occurrences_are_not_counted_to_the_end():
    assert "more than 100 times" in fault(locate(["a " * 50_000] * 3, "a")).detail


def test_wrong_offsets_are_refused_with_the_nearest_occurrence_of_the_block():
    refused = fault(locate(BODY, "never", 1, 18, 23))
    assert (refused.code, refused.member, refused.suggestion) == (
        "verbatim_mismatch",
        "text",
        Span(1, 20, 25),
    )
    assert fault(locate(BODY, "never", 1, 8, 13)).suggestion == Span(1, 9, 14)
    assert fault(locate(BODY, "never", 1, 30, 35)).suggestion == Span(1, 20, 25)


def test_offsets_into_the_wrong_block_are_refused_with_the_nearest_block_that_has_the_text():
    blocks = ["never", "x", "x", "a never", "b", "c"]
    assert fault(locate(blocks, "never", 4, 0, 1)).suggestion == Span(3, 2, 7)
    assert fault(locate(blocks, "never", 1, 0, 1)).suggestion == Span(0, 0, 5)
    assert fault(locate(blocks, "never", 5)).suggestion == Span(3, 2, 7)


def test_offsets_counted_in_utf_16_get_a_suggestion_in_code_points():
    text = BODY[3]
    start = len(text[: text.index("said")].encode("utf-16-le")) // 2
    suggestion = fault(locate(BODY, "said", 3, start, start + 4)).suggestion
    assert suggestion is not None
    assert cut(BODY, suggestion) == "said"


def test_a_text_in_another_normalisation_form_is_refused_with_the_span_of_the_stored_characters():
    composed = unicodedata.normalize("NFC", "Zoe\u0301 smiled")
    for refused in (locate(BODY, composed), locate(BODY, composed, 3, 0, len(composed))):
        assert fault(refused).code == "verbatim_mismatch"
        assert fault(refused).suggestion == Span(3, 0, 11)
    assert fault(locate(["caf\u00e9s et th\u00e9s"], "the\u0301s")).suggestion == Span(0, 9, 13)


def test_a_text_that_occurs_nowhere_is_refused_without_a_suggestion():
    refused = fault(locate(BODY, "a loud triumph"))
    assert (refused.code, refused.suggestion) == ("verbatim_mismatch", None)
    assert "nowhere" in refused.detail


def test_right_to_left_text_and_emoji_are_counted_in_code_points():
    assert locate(BODY, "היא אמרה") == Span(2, 6, 14)
    assert locate(BODY, "👍🏽 merci") == Span(3, 24, 32)
    assert fault(locate(BODY, "שלום", 2, 1, 5)).suggestion == Span(2, 0, 4)


@pytest.mark.parametrize(
    ("sent", "code", "member"),
    [
        ((None,), "incomplete_fragment", "text"),
        ((None, 1), "incomplete_fragment", "text"),
        (("never", 1, 9), "incomplete_fragment", "end"),
        (("never", 1, None, 14), "incomplete_fragment", "start"),
        (("never", None, 9, 14), "incomplete_fragment", "block"),
        (("",), "empty_fragment", "text"),
        ((" \u00a0\n", 1, 0, 1), "empty_fragment", "text"),
        ((None, 0, 3, 4), "empty_fragment", "start"),
        (("never", 4, 9, 14), "out_of_range", "block"),
        (("never", -1, 9, 14), "out_of_range", "block"),
        (("never", 4), "out_of_range", "block"),
        (("never", 1, -1, 4), "out_of_range", "start"),
        (("never", 1, 14, 14), "out_of_range", "end"),
        (("never", 1, 14, 9), "out_of_range", "end"),
        (("never", 1, 9, 1000), "out_of_range", "end"),
        (("never", 1, 1000, 1005), "out_of_range", "start"),
        (("never", 1, 10**30, 10**31), "out_of_range", "start"),
    ],
)
def test_what_a_fragment_lacks_or_where_it_is_out_of_range_is_named(sent, code, member):
    refused = fault(locate(BODY, *sent))
    assert (refused.code, refused.member) == (code, member)
    assert refused.detail.endswith(".")


def test_offsets_out_of_range_come_with_the_nearest_place_too():
    assert fault(locate(BODY, "never", 9, 0, 5)).suggestion == Span(1, 20, 25)
    assert fault(locate(BODY, "never", 1, 1000, 1005)).suggestion == Span(1, 20, 25)


def test_a_refusal_never_repeats_the_text_that_was_sent():
    assert "secret" not in fault(locate(BODY, "secret", 0, 0, 6)).detail


def test_hostile_texts_are_refused_in_bounded_time():
    marks = "a" + "\u0301" * 49_000 + "\u0323" * 49_000
    began = time.process_time()
    locate([marks], "a\u0323\u0301")
    locate(["a" * 100_000] * 20, "a" * 50_000 + "b")
    locate(["a" * 100_000] * 20, "b" + "a" * 50_000, 3, 0, 1)
    check_marks("direct", ["«" * 50_000 + "”" * 49_999 + "a"], [Span(0, 0, 100_000)])
    assert time.process_time() - began < 2


@given(st.lists(st.text("ab ", min_size=1), min_size=1, max_size=4), st.text("ab ", min_size=1, max_size=3))
def test_what_is_filled_in_is_the_only_occurrence_and_what_is_suggested_is_one(blocks, text):
    places = [(b, m.start()) for b, t in enumerate(blocks) for m in re.finditer(f"(?={text})", t)]
    result = locate(blocks, text)
    if not text.strip():
        assert fault(result).code == "empty_fragment"
    elif len(places) == 1:
        assert result[:2] == places[0]
        assert cut(blocks, result) == text
    else:
        assert fault(result).code == ("ambiguous_fragment" if places else "verbatim_mismatch")


@given(
    st.lists(st.text("abe\u0301é😀 “", min_size=1), min_size=1, max_size=4),
    st.none() | st.text("abe\u0301é😀", max_size=3),
    *[st.none() | st.integers(-2, 6)] * 3,
)
def test_every_answer_is_a_true_span_or_a_fault_whose_suggestion_reads_the_same(
    blocks, text, block, start, end
):
    result = locate(blocks, text, block, start, end)
    span = result.suggestion if isinstance(result, Fault) else result
    if span is not None and text is not None:
        assert unicodedata.normalize("NFC", cut(blocks, span)) == unicodedata.normalize("NFC", text)
    if isinstance(result, Span):
        assert text is None or cut(blocks, result) == text


@given(st.text("ab", min_size=1, max_size=30), st.integers(0, 30))
def test_the_suggestion_within_a_block_is_the_nearest(text, start):
    places = [m.start() for m in re.finditer("(?=ab)", text)]
    result = locate([text], "ab", 0, start, start + 2)
    if isinstance(result, Fault) and places:
        nearest = min(abs(place - min(start, len(text))) for place in places)
        assert abs(result.suggestion.start - min(start, len(text))) == nearest


def test_fragments_in_order_may_touch():
    assert check_order([Span(0, 5, 9), Span(0, 9, 12), Span(1, 0, 3), Span(4, 1, 2)]) == []


def test_fragments_that_overlap_are_refused():
    ((index, refused),) = check_order([Span(0, 5, 9), Span(0, 8, 12)])
    assert (index, refused.code, refused.member) == (1, "overlapping_fragments", "start")
    assert check_order([Span(0, 5, 9), Span(0, 5, 9)])[0][1].code == "overlapping_fragments"


def test_fragments_out_of_the_order_of_the_body_are_refused():
    assert [f.code for _, f in check_order([Span(1, 0, 3), Span(0, 8, 12)])] == ["fragment_order"]
    assert [f.code for _, f in check_order([Span(0, 8, 12), Span(0, 0, 3)])] == ["fragment_order"]


def kept(text: str, fragment: str, form: str = "direct") -> str:
    """What `check_marks` leaves of a fragment of a text; the fragment itself when it is fine."""
    start = text.index(fragment)
    span = Span(0, start, start + len(fragment))
    faults = check_marks(form, [text], [span])
    return cut([text], faults[0][1].suggestion) if faults else fragment


@pytest.mark.parametrize(
    ("text", "fragment", "inner"),
    [
        ("She said “never” to it.", "“never”", "never"),
        ("She said “never” to it.", "“never", "never"),
        ("She said “never” to it.", "never”", "never"),
        ("She said “never,” she did.", "“never,”", "never,"),
        ("She said “never”.", "“never”.", "never"),
        ("“‘Never,’ he told me,” she said.", "“‘Never,’ he told me,”", "‘Never,’ he told me,"),
        ("Sie sagte „nie wieder“ dazu.", "„nie wieder“", "nie wieder"),
        ("Sie sagte „nie wieder“ dazu.", "nie wieder“", "nie wieder"),
        ("Sie sagte »nie wieder« dazu.", "»nie wieder«", "nie wieder"),
        ("Elle a dit « plus jamais » hier.", "« plus jamais »", "plus jamais"),
        ("Elle a dit ‹plus jamais› hier.", "‹plus jamais›", "plus jamais"),
        ("Hon sade ”aldrig mer” i dag.", "”aldrig mer”", "aldrig mer"),
        ('She said "never" to it.', '"never"', "never"),
        ('She said "never" to it.', 'never"', "never"),
        ("She said ‘never’ to it.", "‘never’", "never"),
        ("She said ‘never’ to it.", "‘never", "never"),
        ("She said ‘never’ to it.", "never’", "never"),
        ("彼女は「二度とない」と言った。", "「二度とない」", "二度とない"),
        ("彼女は『二度とない』と言った。", "『二度とない", "二度とない"),
        ("“Never,” he said.", "“Never,”", "Never,"),
    ],
)
def test_marks_that_enclose_a_fragment_are_refused_and_the_suggestion_leaves_them_out(text, fragment, inner):
    assert kept(text, fragment) == inner
    assert kept(text, fragment, "mixed") == inner
    assert kept(text, fragment, "indirect") == fragment


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("“‘Never,’ he told me,” she said.", "‘Never,’ he told me,"),
        ("“He told me, ‘never.’”", "He told me, ‘never.’"),
        ("“‘Never.’”", "‘Never.’"),
        ("“‘Never,’” she quoted him.", "‘Never,’"),
        ("“‘We shall go,” she quoted, “‘and come.’”", "‘We shall go,"),
        ("“‘We shall go,” she quoted, “and come.’”", "and come.’"),
        ("“I asked. ‘Never,’ he said, ‘again.’ I left.”", "‘Never,’ he said, ‘again.’"),
        ("He spoke of “the workers’ and players’ rights” there.", "the workers’"),
        ("He spoke of “the workers’” there.", "the workers’"),
        ("She sang “’tis the season” there.", "’tis the season"),
        ("She said “the ‘okina matters” there.", "‘okina matters"),
        ('The boat “is 30 by 5" or so” he said.', 'is 30 by 5"'),
        ("Elle a dit «\u202f“jamais”\u202f» hier.", "“jamais”"),
        ("Sie sagte „‚nie‘ war sein Wort“ dazu.", "‚nie‘ war sein Wort"),
        ("彼女は「『無理』と彼は言った」と話した。", "『無理』と彼は言った"),
        ("“‘Never’ is a word, and so is ‘ever,’” she said.", "‘Never’ is a word, and so is ‘ever,’"),
        ("He said “don’t.”", "don’t"),
        ("He said “!?” again.", "!?"),
        ("She said “never” to it.", "never"),
    ],
)
def test_marks_of_a_quotation_within_and_apostrophes_are_let_be(text, fragment):
    assert kept(text, fragment) == fragment


def test_the_faulty_fragment_among_several_is_named():
    text = "It is “good” and “bad” and “ugly.”"
    spans = [Span(0, 7, 11), Span(0, 17, 22), Span(0, 28, 34)]
    faults = check_marks("mixed", [text], spans)
    assert [(index, f.code, f.member) for index, f in faults] == [
        (1, "quote_mark_inside", "start"),
        (2, "quote_mark_inside", "end"),
    ]
    assert [cut([text], f.suggestion) for _, f in faults] == ["bad", "ugly."]


@given(st.text('“”‘’«»" a1.', min_size=1, max_size=12), st.integers(0, 11), st.integers(1, 12))
def test_a_fragment_trimmed_as_suggested_is_shorter_and_at_last_accepted(text, start, length):
    span = Span(0, min(start, len(text) - 1), min(start + length, len(text)))
    if span.start >= span.end:
        return
    while faults := check_marks("direct", [text], [span]):
        inner = faults[0][1].suggestion
        assert inner is not None
        assert span.start <= inner.start < inner.end <= span.end
        assert inner != span
        span = inner
