"""Every frame gives its elements, and a broken one loses only what cannot be read."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cpu import cpu_cost
from tickterm.market.frames import decode

GOOD = [{"ev": "A", "sym": f"S{i}", "c": 1.5, "note": "a },{ b"} for i in range(499)]


def frame_with(broken: str, at: int = 250) -> str:
    pieces = [json.dumps(element) for element in GOOD]
    pieces.insert(at, broken)
    return "[" + ",".join(pieces) + "]"


@pytest.mark.parametrize(
    ("frame", "elements", "broken"),
    [
        ('[{"ev":"A"},{"ev":"T"}]', [{"ev": "A"}, {"ev": "T"}], 0),
        (b'[{"ev":"A"}]', [{"ev": "A"}], 0),
        ('{"ev":"status"}', [{"ev": "status"}], 0),
        ('\ufeff[{"ev":"A"}]', [{"ev": "A"}], 0),
        (b'\xef\xbb\xbf[{"ev":"A"}]', [{"ev": "A"}], 0),
        ('{"ev":"A"}\n{"ev":"T"}\n', [{"ev": "A"}, {"ev": "T"}], 0),
        ('[{"ev":"A"},{"ev":"T"', [{"ev": "A"}], 1),
        ('[{"ev":"A"}]trailing', [{"ev": "A"}], 0),
        ("[]", [], 0),
        ("\ufeff []", [], 0),
        ("[1,null,true]", [1, None, True], 0),
        ("", [], 1),
        (b"", [], 1),
        ("   ", [], 1),
        ("hello", [], 1),
        ("5", [], 1),
        ("null", [], 1),
        ('"text"', [], 1),
        (b"\xff\xfe\x00", [], 1),
        ("[" * 100_000, [], 1),
        ('{"a":' * 100_000, [], 1),
    ],
)
def test_shapes_of_frames(frame: str | bytes, elements: list[object], broken: int) -> None:
    assert decode(frame) == (elements, broken)


@pytest.mark.parametrize(
    "odd",
    ['{"c":NaN}', '{"c":Infinity}', '{"c":-Infinity}', '{"c":1e999}', '{"sym":"\\ud800"}'],
)
def test_what_orjson_refuses_costs_no_neighbour(odd: str) -> None:
    elements, broken = decode(frame_with(odd))
    assert len(elements) == 500
    assert [e for i, e in enumerate(elements) if i != 250] == GOOD
    assert broken == 0


@pytest.mark.parametrize("at", [0, 1, 250, 499])
@pytest.mark.parametrize(
    "bad",
    [
        '{"ev":"A","sym":"X"',
        '{"ev":"A","sym":"X',
        '{"ev":"A","sym":',
        '{"ev":"A",}',
        '{"ev":"A" "sym":"X"}',
        '{"ev":"A","v":01}',
        '{"ev":"A","sym":"\x01"}',
        '{"ev":"A","v":' + "9" * 5000 + "}",
        '{"ev":' + "[" * 3000 + "]" * 3000 + "}",
        "{x}",
        "{",
    ],
)
def test_one_broken_element_of_500_is_lost_alone(bad: str, at: int) -> None:
    elements, broken = decode(frame_with(bad, at))
    assert elements == GOOD
    assert broken == 1


def test_half_of_a_large_frame_broken() -> None:
    frame = "[" + ",".join('{"ev":"A","sym":"X"},{"ev":}' for _ in range(500)) + "]"
    elements, broken = decode(frame)
    assert (len(elements), broken) == (500, 500)


def test_broken_utf8_costs_no_neighbour() -> None:
    elements, broken = decode(b'[{"sym":"\xff"},{"sym":"OK"}]')
    assert elements == [{"sym": "\ufffd"}, {"sym": "OK"}]
    assert broken == 0


@pytest.mark.parametrize(
    "unit",
    ["{x},", "{", ",{", '{"', '{"a":', '{"a":[1,', "},{", '{"a":"},', '{"a":1,},', "{},x", ", "],
)
def test_a_hostile_frame_costs_a_moment(unit: str) -> None:
    """Half a second at most on a machine that is not busy; what goes through it twice, minutes."""
    frame = "[" + unit * (4_000_000 // len(unit))
    with cpu_cost() as cost:
        decode(frame)
    assert cost.seconds < 3.0


@settings(deadline=None, max_examples=300)
@given(st.one_of(st.binary(), st.text(st.characters(exclude_categories=[]))))
def test_no_frame_raises(frame: str | bytes) -> None:
    elements, broken = decode(frame)
    assert elements or broken or b"[" in (frame if isinstance(frame, bytes) else b"[")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=12,
)


@settings(deadline=None, max_examples=200)
@given(st.lists(JSON, max_size=5))
def test_every_json_array_gives_its_elements(elements: list[object]) -> None:
    found, broken = decode(json.dumps(elements))
    assert broken == 0
    assert len(found) == len(elements)


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_a_frame_cut_anywhere_keeps_the_elements_before(data: st.DataObject) -> None:
    pieces = [json.dumps({"ev": "A", "sym": f"S{i}", "c": 1.5}) for i in range(5)]
    frame = "[" + ", ".join(pieces)
    end = data.draw(st.integers(1, len(frame)))
    ends = [frame.index(piece) + len(piece) for piece in pieces]
    whole = sum(at <= end for at in ends)
    begun = frame.count("{", 0, end)
    elements, broken = decode(frame[:end])
    assert elements == [json.loads(piece) for piece in pieces[:whole]]
    assert broken == (begun - whole if whole else 1)


def test_nan_stays_nan() -> None:
    (element,), _ = decode('[{"c":NaN}]')
    assert isinstance(element, dict)
    assert math.isnan(element["c"])
