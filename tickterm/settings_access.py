"""The settings of who may connect, and from where: host, token, and the URLs of proxies."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from tickterm.access import is_loopback
from tickterm.settings_reader import Reader

__all__ = ["NO_SECRET", "PUBLIC_URL_FORM", "Secret", "public_urls", "read_host_and_token"]

PUBLIC_URL_FORM = "the form is https://host/path; several with commas"
MAX_TOKEN = 1000
SHORTEST_TOKEN = 16
"""For a port that others can reach: a shorter one can be guessed."""

_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250})|[0-9A-Fa-f:.]{2,45}", re.ASCII)


class Secret(str):
    """A string that hides itself wherever it is printed by accident."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'" if self else "''"


NO_SECRET = Secret("")


def read_host_and_token(reader: Reader) -> tuple[str, Secret]:
    """Return the address to listen on and the token, empty for none.

    Raises:
        SettingsError: one is malformed, or the address needs a token, or a longer one.
    """
    host = reader.text("TICKTERM_HOST") or "127.0.0.1"
    if not _HOST.fullmatch(host):
        raise reader.refuse("TICKTERM_HOST", "allowed is an address or the name of a host")
    token = _token(reader)
    if not is_loopback(host):
        _refuse_open_door(reader, token)
    return host, token


def _token(reader: Reader) -> Secret:
    token = Secret(reader.text("TICKTERM_TOKEN"))
    if not (token.isascii() and token.isprintable() and len(token) <= MAX_TOKEN):
        told = f"allowed are at most {MAX_TOKEN} printable ASCII characters"
        raise reader.refuse("TICKTERM_TOKEN", told, shown="…")
    return token


def _refuse_open_door(reader: Reader, token: str) -> None:
    """Refuse an address that other machines reach without a token that cannot be guessed."""
    if not token:
        raise reader.refuse(
            "TICKTERM_HOST",
            "reachable from other machines: set TICKTERM_TOKEN, or use 127.0.0.1 and an SSH tunnel",
        )
    if len(token) < SHORTEST_TOKEN:
        told = f"reachable from other machines: a token of {SHORTEST_TOKEN} characters or more"
        raise reader.refuse("TICKTERM_TOKEN", told, shown="…")


def public_urls(text: str) -> tuple[str, ...]:
    """Return the URLs of `text`, which commas separate, without slashes at their ends.

    Raises:
        ValueError: one is not of the form `PUBLIC_URL_FORM`.
    """
    urls = tuple(url.strip().rstrip("/") for url in text.split(",") if url.strip())
    for url in urls:
        parts = urlsplit(url)
        plain = parts.port != 0 and not (parts.query or parts.fragment or "@" in parts.netloc)
        if parts.scheme not in ("http", "https") or not parts.hostname or not plain:
            raise ValueError(url)
    return urls
