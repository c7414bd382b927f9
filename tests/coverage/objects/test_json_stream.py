"""JSON through a window: the same values as json.load for any window, and an error for every way to be cut short."""

import io
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rfengine.coverage.objects import json_stream
from rfengine.coverage.objects.json_cut import without_numbers
from rfengine.coverage.objects.json_stream import JsonStream
from rfengine.errors import BadInput, LimitExceeded

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
INDENTS = st.sampled_from([None, 0, 1, 4])


def streamed(text: str, window: int, **options: Any) -> dict[str, Any]:
    """An object of lists (read by their elements) and other values."""
    stream = JsonStream(io.BytesIO(text.encode()), "x.json", window=window)
    found: dict[str, Any] = {}
    for key in stream.fields():
        found[key] = list(stream.items(**options)) if stream.peek() == "[" else stream.value()
    stream.finish()
    return found


@given(st.dictionaries(st.text(max_size=4), VALUES, max_size=4), INDENTS, st.integers(1, 40), st.booleans())
@example({"a": [12, 345], "b": -1e300, "c": ["\ud83d\ude00 é", "\\", '"]']}, None, 1, False)
def test_a_window_changes_nothing(tree: dict[str, Any], indent: int | None, window: int, ascii_: bool) -> None:
    text = json.dumps(tree, indent=indent, ensure_ascii=ascii_)
    if not ascii_ and any(0xD800 <= ord(char) < 0xE000 for char in text):
        return  # half a pair has no UTF-8
    assert streamed(text, window) == tree
    assert streamed("\ufeff" + text + " \n", window) == tree


@given(st.dictionaries(st.text(max_size=4), VALUES, min_size=1, max_size=3), st.integers(1, 30))
def test_what_is_skipped_is_read_to_its_end(tree: dict[str, Any], window: int) -> None:
    text = json.dumps({"a": tree, "b": 5, "c": [tree], "d": "text"})
    stream = JsonStream(io.BytesIO(text.encode()), "x.json", window=window)
    seen = []
    for key in stream.fields():
        seen.append(key)
        stream.skip()
    stream.finish()
    assert seen == ["a", "b", "c", "d"]


@pytest.mark.parametrize("window", [1, 7, 1 << 20])
def test_every_place_to_be_cut_short_at_is_an_error(window: int) -> None:
    text = json.dumps({"a": [{"b": [1.5, -2e3], "ü": 'x\\"\u00e9'}, True, None], "c": {"d": ["e", False]}, "f": 12})
    streamed(text, window)
    for end in range(len(text)):
        with pytest.raises(BadInput) as caught:
            streamed(text[:end], window)
        # The decoder has words of its own for half an escape sequence.
        told = "the file is empty" if end == 0 else f"the file ends at byte {end:,}"
        assert told in str(caught.value) or "escape" in str(caught.value), text[:end]


def test_the_message_says_how_many_were_whole() -> None:
    with pytest.raises(BadInput, match=r"ends at byte 24, after 2 whole elements of 'boxes'"):
        streamed('{"boxes": [{}, {}, {"a":', 5)


@pytest.mark.parametrize("window", [1, 5, 1 << 20])
@pytest.mark.parametrize(
    ("text", "byte"),
    [
        ('{"a": [1, 2, oops, 3, 4, 5, 6, 7, 8, 9]}', 13),
        ('{"é": [{"b" 1}, 3, 4, 5, 6, 7, 8, 9, 10]}', 13),
        ('{"a": [1, 2] "b": [1, 2, 3, 4, 5, 6, 7]}', 13),
        ('{"a": [1 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]}', 9),
        ('{"a": [1, 2]} {"a": [1, 2, 3, 4, 5, 6]}', 14),
        ("{'a': [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}", 1),
        ("PK\x03\x04 and so on, for long enough", 0),
    ],
)
def test_what_is_no_json_is_named_with_its_byte(text: str, byte: int, window: int) -> None:
    with pytest.raises(BadInput, match=rf"x\.json: byte {byte}\b.*no JSON"):
        streamed(text, window)


def test_other_encodings_are_named() -> None:
    with pytest.raises(BadInput, match=r"byte 11: no UTF-8"):
        list(JsonStream(io.BytesIO('{"a": ["caf\xe9"]}'.encode("latin-1")), "x").fields())
    with pytest.raises(BadInput, match="no UTF-8"):
        list(JsonStream(io.BytesIO('{"a": 1}'.encode("utf-16")), "x").fields())


def test_an_element_has_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "MOST_ELEMENT", 1000)
    streamed(json.dumps({"a": ["x" * 900] * 5}), 100)
    with pytest.raises(LimitExceeded, match=r"after 1 whole elements of 'a'.*1,000"):
        streamed(json.dumps({"a": [1, "x" * 5000]}), 100)


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_nesting_that_no_decoder_follows_is_an_error(opening: str) -> None:
    stream = JsonStream(io.BytesIO(b'{"a": ' + opening.encode() * 100_000), "x")
    with pytest.raises(BadInput, match=r"recursion|nested too deep"):
        [stream.skip() for _ in stream.fields()]


POLYGONS = st.lists(st.lists(st.floats(-9, 9) | st.integers(-9, 9), max_size=5), max_size=3)
ODD = st.sampled_from(
    [[], {}, {"counts": [[1]]}, [[[1]], [[2]]], [[1, [2]], 3], [["]]"]], 'a"s": [[', [[1], "]]"], "]]", [[{}]], [[[]]]]
)


@given(st.lists(st.fixed_dictionaries({"s": POLYGONS | ODD, "b": VALUES | ODD, 'x"s': POLYGONS})), INDENTS)
def test_a_cut_takes_nothing_but_the_numbers(elements: list[dict[str, Any]], indent: int | None) -> None:
    for separators in ((",", ":"), (", ", ": ")):
        text = json.dumps(elements, indent=indent, separators=separators)
        cut = without_numbers(text, 0, "s")
        found = json.loads(cut.text)
        for before, after in zip(elements, found, strict=True):
            assert after["b"] == before["b"]
            assert after["s"] in (before["s"], [[]])
        for place, char in enumerate(cut.text):
            assert text[cut.before(place)] == char
        for window in (1, 50, 1 << 20):
            assert [each["b"] for each in streamed(f'{{"l": {text}}}', window, without="s")["l"]] == [
                each["b"] for each in elements
            ]


def test_polygons_are_cut() -> None:
    text = '[{"s": [[1,2],[3.5]],"b":1},{"s":[[4]]}]'
    assert without_numbers(text, 0, "s").text == '[{"s": [[]],"b":1},{"s":[[]]}]'


def test_errors_behind_a_cut_have_the_byte_of_the_file() -> None:
    text = '{"l": [{"s": [[1, 2, 3]]}, {"s": [[4, 5, 6]]}, oops, 1, 2, 3, 4, 5]}'
    with pytest.raises(BadInput, match=rf"byte {text.index('oops')}, after 2 whole"):
        streamed(text, 1 << 20, without="s")
