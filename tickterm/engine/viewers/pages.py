"""What the broadcaster's port answers over plain HTTP: the viewer page and what operators ask.

All URLs of the page are relative, so a proxy may serve it under a prefix. It then strips the
prefix, and redirects the prefix without its last slash (`/ticks`) to the one with it (`/ticks/`),
or a browser would look for the page's files beside the prefix instead of below it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from importlib import resources
from importlib.resources.abc import Traversable

from tickterm.market.contract.schema import document_json
from tickterm.market.snapshot import LinkPhase, Snapshot
from tickterm.market.text import clean

__all__ = ["Page", "page"]

TEXT = "text/plain; charset=utf-8"
STATIC_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
"""Of the files that are served, by their suffix."""

_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    (
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
)
_NO_STORE = ("Cache-Control", "no-store")
_READY_PHASES = (LinkPhase.UP, LinkPhase.ENDED)
"""A recording that has ended did all that was asked of it."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer; `headers` has neither the type nor the length of the body."""

    status: HTTPStatus
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...]


def page(path: str, snapshot: Snapshot, *, authorized: bool, if_none_match: str = "") -> Page:
    """Return the answer to GET `path`; a query is ignored.

    `authorized` is whether the request carries the token or none is needed; `if_none_match` is
    the header of that name.
    """
    path = path.partition("?")[0]
    if path == "/healthz":
        return _text(HTTPStatus.OK, "ok")
    if path == "/readyz":
        return _ready(snapshot, told=authorized)
    if path == "/metrics":
        return _metrics(snapshot) if authorized else _token_needed()
    if path == "/schema":
        return _answer("application/json", document_json())
    if static := _static_files().get(path):
        return static.fresh(if_none_match)
    return _text(HTTPStatus.NOT_FOUND, "nothing here: try /, /healthz, /readyz, /metrics, /schema")


def _answer(content_type: str, body: bytes) -> Page:
    return Page(HTTPStatus.OK, content_type, body, (*_HEADERS, _NO_STORE))


def _text(status: HTTPStatus, text: str, *more: tuple[str, str]) -> Page:
    return Page(status, TEXT, f"{text}\n".encode(), (*_HEADERS, _NO_STORE, *more))


def _token_needed() -> Page:
    text = "the token is missing or wrong: send it as Authorization: Bearer"
    return _text(HTTPStatus.UNAUTHORIZED, text, ("WWW-Authenticate", "Bearer"))


def _metrics(snapshot: Snapshot) -> Page:
    # Here, because few ask for it and its library takes 50 ms to import.
    from tickterm.engine.viewers.metrics import exposition

    return _answer(*exposition(snapshot))


def _ready(snapshot: Snapshot, *, told: bool) -> Page:
    """Say whether ticks flow from the feed to Redis; why not in full only to those who may know."""
    obstacles = list(_obstacles(snapshot))
    if not obstacles:
        return _text(HTTPStatus.OK, "ready")
    lines = [f"{what}: {clean(why)}" if told and why else what for what, why in obstacles]
    return _text(HTTPStatus.SERVICE_UNAVAILABLE, "\n".join(lines))


def _obstacles(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """Yield what is not ready, and why: the latter may name hosts, files and users."""
    if snapshot.universe.error:
        yield "no universe", snapshot.universe.error
    elif snapshot.link.phase not in _READY_PHASES:
        yield f"link {snapshot.link.phase.value.lower()}", snapshot.link.reason
    if not snapshot.redis.up:
        yield "redis down", snapshot.redis.reason


# -- the viewer page's files ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _StaticFile:
    """A file that browsers may keep but ask for again: then a 304 does if it is the same."""

    content_type: str
    body: bytes
    etag: str

    def fresh(self, if_none_match: str) -> Page:
        headers = (*_HEADERS, ("Cache-Control", "no-cache"), ("ETag", self.etag))
        if self.etag in if_none_match:
            return Page(HTTPStatus.NOT_MODIFIED, self.content_type, b"", headers)
        return Page(HTTPStatus.OK, self.content_type, self.body, headers)


@cache
def _static_files() -> dict[str, _StaticFile]:
    return dict(_read(resources.files("tickterm.web")))


def _read(folder: Traversable) -> Iterator[tuple[str, _StaticFile]]:
    """Yield path and file of what lies in `folder`; `index.html` is `/`."""
    for file in folder.iterdir():
        content_type = STATIC_TYPES.get("." + file.name.rpartition(".")[2])
        if content_type is None:
            continue
        body = file.read_bytes()
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        path = "/" if file.name == "index.html" else f"/{file.name}"
        yield path, _StaticFile(content_type, body, etag)
