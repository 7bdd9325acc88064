"""Commands on the wire."""

from __future__ import annotations

import hiredis

from tickterm.backends.commands import packed


def test_a_command_is_a_list_of_its_words_whatever_is_in_them() -> None:
    words: list[str | bytes] = ["PUBLISH", "chännel", b"\r\n\x00\xff", ""]
    reader = hiredis.Reader()
    reader.feed(packed(*words))
    assert reader.gets() == [b"PUBLISH", "chännel".encode(), b"\r\n\x00\xff", b""]
    assert not reader.has_data()
