"""Who may connect: the Host and Origin of a request against what is ours, and the token.

A browser says by `Origin` which page is asking, and by `Host` which name it thinks it reached.
Checking both keeps web pages of others out (they would see the data) and so does DNS rebinding,
where an attacker's name points at this machine.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

__all__ = ["Access", "is_loopback"]

EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - compared, not bound
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
USUAL_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"([a-z0-9._-]+|\[[0-9a-f.]*:[0-9a-f:.]*\])(?::([0-9]{1,5}))?")
"""Stricter than `urlsplit`, which finds `::1` in `evil.example[::1]` too."""


def is_loopback(host: str) -> bool:
    """Say whether `host` is an address or name that only this machine can reach."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Access:
    """The allow lists of one server."""

    host: str = "127.0.0.1"
    """What the server is bound to."""
    port: int = 0
    token: str = field(default="", repr=False)
    """Empty: none is needed."""
    public_urls: Sequence[str] = ()
    """Where browsers reach the server through a proxy, such as `https://gw.example.com/ticks`."""

    def refusal(self, hosts: Sequence[str], origins: Sequence[str]) -> str:
        """Return why a request with these `Host` and `Origin` headers is refused, or nothing.

        No `Origin` is fine: programs send none, every browser does.
        """
        if len(hosts) != 1 or not self._is_ours(hosts[0].lower()):
            return "this Host is not served here: set TICKTERM_PUBLIC_URL to the URL you use"
        if len(origins) > 1 or not {o.lower() for o in origins} <= self._pages_of(hosts[0].lower()):
            return "this Origin is not allowed: set TICKTERM_PUBLIC_URL to the URL you use"
        return ""

    def is_token(self, given: str) -> bool:
        """Say, in constant time, whether `given` is the token."""
        wanted = _encoded(self.token)
        return bool(wanted) and hmac.compare_digest(_encoded(given), wanted)

    def is_authorized(self, authorizations: Sequence[str]) -> bool:
        """Say whether these `Authorization` headers carry the token: `Bearer …`, once."""
        if len(authorizations) != 1:
            return False
        scheme, _, given = authorizations[0].partition(" ")
        return scheme.lower() == "bearer" and self.is_token(given.strip())

    def _is_ours(self, host: str) -> bool:
        """Tell our own names from an attacker's.

        Any port will do for a name of this machine: `ssh -L` brings its own. Bound to every
        address (which needs a token) we cannot know them all: any address will do, but no name.
        """
        if host in self._public_hosts():
            return True
        name, port = _split(host)
        if name in LOOPBACK:
            return True
        if self.host in EVERY_ADDRESS:
            return port == self.port and _is_address(name)
        return port == self.port and name == _name(self.host.lower())

    def _pages_of(self, host: str) -> set[str]:
        """Return the origins of our own pages for a request to `host`.

        Under a public URL its scheme counts as well: an `http:` page may be forged on its way.
        """
        public = {f"{urlsplit(url.lower()).scheme}://{_authority(url)}" for url in self.public_urls}
        if host in self._public_hosts():
            return public
        return public | {f"http://{host}", f"https://{host}"}

    def _public_hosts(self) -> set[str]:
        return {_authority(url) for url in self.public_urls}


def _split(host: str) -> tuple[str, int]:
    """Split a Host header into name and port, 80 where it has none; no name where it is none."""
    match = _HOST.fullmatch(host)
    if match is None:
        return "", 0
    return _name(match[1].strip("[]")), int(match[2] or 80)


def _authority(url: str) -> str:
    """Return name and port of `url` as browsers say them: without the port where it is usual."""
    parts = urlsplit(url.lower())
    name = _name(parts.hostname or "")
    usual = parts.port in (None, USUAL_PORTS.get(parts.scheme))
    return name if usual else f"{name}:{parts.port}"


def _name(host: str) -> str:
    """Return `host` as browsers say it: IPv6 in brackets and in its shortest form."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return f"[{address}]" if address.version == 6 else str(address)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _encoded(token: str) -> bytes:
    """Return bytes that differ where texts do, whatever was decoded into them."""
    return token.encode("utf-8", "surrogatepass")
