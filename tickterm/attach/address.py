"""Where an engine is, and how a person may write that."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from tickterm.access import is_loopback
from tickterm.errors import SettingsError
from tickterm.market.text import clean

__all__ = ["Address", "parse_address"]

_SCHEMES = {"ws": "ws", "wss": "wss", "http": "ws", "https": "wss"}
_LONGEST = 500
_FORMS = "give HOST:PORT or a ws://, wss://, http:// or https:// URL"


@dataclass(frozen=True, slots=True)
class Address:
    """An engine's address: a URL, a Unix socket, or a socket with the URL that people know."""

    url: str = ""
    """`ws://…` or `wss://…`."""
    socket: Path | None = None
    """Of an engine on this machine; then the URL is only shown, not dialled."""
    started: bool = False
    """Whether it is the engine that this very screen has just started."""

    @property
    def where(self) -> str:
        """Host and port, or the socket's path; sanitised."""
        return clean(urlsplit(self.url).netloc or self.socket or "nowhere", 60)

    @property
    def is_private(self) -> bool:
        """Whether what is said on the way there can be read by nobody else."""
        if self.socket is not None:
            return True
        parts = urlsplit(self.url)
        return parts.scheme == "wss" or is_loopback(parts.hostname or "")


def parse_address(text: str) -> Address:
    """Return the address that a person wrote as `host:port` or as a URL.

    Raises:
        SettingsError: it is none, or it holds what must not be in a URL.
    """
    written = text.strip()
    has_scheme = "://" in written
    parts = _split(written if has_scheme else f"ws://{written}")
    if parts is None or not parts.hostname or (not has_scheme and parts.port is None):
        raise SettingsError(f"{_shown(written)} is no address of an engine: {_FORMS}")
    if parts.scheme not in _SCHEMES:
        raise SettingsError(f"{clean(parts.scheme, 20)}:// is no address of an engine: {_FORMS}")
    if not has_scheme and parts.path:
        raise SettingsError(f"{_shown(written)} is no address of an engine: {_FORMS}")
    return Address(f"{_SCHEMES[parts.scheme]}://{parts.netloc}{parts.path}")


def _split(url: str) -> SplitResult | None:
    """Split a URL; None if it is none.

    Raises:
        SettingsError: it carries more than an address; what that is stays out of the message.
    """
    if len(url) > _LONGEST or not url.isprintable() or any(c in url for c in ' \\"<>'):
        return None
    try:
        parts = urlsplit(url)
        if parts.port == 0:
            return None
    except ValueError:
        return None
    if "@" in parts.netloc or "?" in url or "#" in url:
        told = "an engine's address has neither user, query nor fragment"
        raise SettingsError(f"{told}: the token belongs into TICKTERM_TOKEN")
    return parts


def _shown(written: str) -> str:
    return repr(clean(written, 60)) if written else "nothing"
