"""Where a symbol's ticks are: the same for everybody, for ever."""

from __future__ import annotations

from tickterm.market.tick_stream import partition_of, stream_names


def test_one_stream_has_the_name_itself() -> None:
    assert stream_names("tickstock:ticks", 1) == ("tickstock:ticks",)


def test_several_are_numbered() -> None:
    assert stream_names("t", 3) == ("t:0", "t:1", "t:2")


def test_the_partition_of_a_symbol_never_changes() -> None:
    """Consumers on other machines, in other languages, compute the same: the CRC-32 of zip."""
    assert partition_of("123456789", 2**32) == 0xCBF43926  # its published check value
    assert [partition_of(symbol, 16) for symbol in ("AAPL", "BRK.B", "SPY")] == [12, 12, 15]
    assert partition_of("AAPL", 1) == 0
