"""Groups on the digits, and symbols in pieces that fit into a message."""

from __future__ import annotations

from tickterm.market.contract import MAX_MESSAGE, ChangeList, PutList, Watch, Wish, encode
from tickterm.market.groups import Group, arranged, in_pieces, named
from tickterm.market.universe import Universe
from tickterm.market.watch_verbs import WatchVerbs

ALL = Group(1, "all", ("A", "B"))


def test_own_lists_stay_and_universes_fill_what_is_left_in_their_order() -> None:
    own = {2: Group(2, "two", (), own=True), 4: Group(4, "four", ("A",), own=True)}
    universes = [Universe(f"u:{number}", ("X",)) for number in range(9)]
    groups = arranged(ALL, own, universes)
    assert [group.key for group in groups] == list(range(1, 10))
    names = ["all", "two", "u:0", "four", "u:1", "u:2", "u:3", "u:4", "u:5"]
    assert [group.name for group in groups] == names
    assert arranged(ALL, {}, []) == (ALL,)


def test_the_universe_in_use_stands_on_one_digit_alone() -> None:
    universes = [Universe(f"u:{number}", ("A", "B")) for number in range(10)]
    for in_use in ("u:0", "u:3", "u:9"):
        for symbols in (("A", "B"), ("A", "B", "C")):
            names = [group.name for group in arranged(Group(1, in_use, symbols), {}, universes)]
            others = [universe.key for universe in universes if universe.key != in_use]
            assert names == [in_use, *others[:8]]


def test_every_piece_fits_into_a_message() -> None:
    for symbols in (
        [f"S{n}" for n in range(1_501)],
        [f"{n:012}.{'X' * 6}.{'Y' * 6}.{'Z' * 4}" for n in range(700)],
    ):
        pieces = list(in_pieces(symbols))
        assert [symbol for piece in pieces for symbol in piece] == symbols
        for piece in pieces:
            assert len(piece) <= 500
            assert len(encode(PutList(9, "\x01" * 40, piece))) <= MAX_MESSAGE
    assert list(in_pieces(())) == []


def test_a_few_are_named() -> None:
    assert named(["A", "B"]) == "A, B"
    assert named([f"S{n}" for n in range(12_000)]) == "S0, S1, S2, S3, S4 and 11,995 more"


class Said(WatchVerbs):
    """Notes what is said."""

    def __init__(self) -> None:
        self.wishes: list[Wish] = []

    def wish(self, *wishes: Wish) -> None:
        self.wishes += wishes


def test_what_is_long_is_said_in_pieces() -> None:
    said, symbols = Said(), [f"S{n}" for n in range(900)]
    first, *others = in_pieces(symbols)
    said.put_list(2, "long", symbols)
    added = [ChangeList(2, added=piece) for piece in others]
    assert said.wishes == [PutList(2, "long", first), *added]
    said.wishes.clear()
    said.put_list(2, "empty", [])
    said.watch([])
    said.change_list(3, ["A"], ["B"])
    said.watch(symbols)
    assert said.wishes == [
        PutList(2, "empty", []),
        ChangeList(3, added=["A"]),
        ChangeList(3, removed=["B"]),
        Watch(first),
        *(Watch(piece) for piece in others),
    ]
