"""The pages and their files. Every address in them is relative, so that they work behind any port
and, with the `<base>` of a public URL, below any path."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from html import escape
from http import HTTPStatus
from importlib.resources import files
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from tickterm.serve.packets import clamped

__all__ = ["Pages", "file_of", "protect"]

HERE = Path(__file__).with_name("pages")
THEIRS = Path(str(files("textual_serve"))) / "static"
FILES = {
    "textual.js": THEIRS / "js" / "textual.js",
    "xterm.css": THEIRS / "css" / "xterm.css",
    "serve.js": HERE / "serve.js",
    "serve.css": HERE / "serve.css",
    "icon.svg": HERE / "icon.svg",
}
FONT_SIZES = (8, 40)
"""Pixels, smallest and largest."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'{nonce}; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors 'none'"
)
PROTECTION = {
    hdrs.CONTENT_SECURITY_POLICY: POLICY.format(nonce=""),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    hdrs.X_CONTENT_TYPE_OPTIONS: "nosniff",
    hdrs.CACHE_CONTROL: "no-cache",
}


async def protect(_request: web.Request, response: web.StreamResponse) -> None:
    """Give every answer the headers that keep other pages out."""
    for name, value in PROTECTION.items():
        response.headers.setdefault(name, value)
    response.headers[hdrs.SERVER] = "tickterm"


async def file_of(request: web.Request) -> web.StreamResponse:
    """Answer with one of the few files of the pages."""
    path = FILES.get(request.match_info["name"])
    if path is None:
        raise web.HTTPNotFound(text="there is no such file\n")
    return web.FileResponse(path)


class Pages:
    """Makes the pages."""

    def __init__(self, title: str, public_urls: Sequence[str]) -> None:
        self._title = title
        self._public_urls = public_urls

    def terminal(self, request: web.Request) -> web.Response:
        """Return the page with the terminal; `?fontsize=` is in pixels."""
        nonce = secrets.token_urlsafe(16)
        given = request.query.get("fontsize", "")
        size = clamped(given, FONT_SIZES, 0) or ""
        response = self._page(request, "terminal.html", nonce=nonce, font_size=size)
        # the terminal writes style sheets of its own; its scripts are all files
        response.headers[hdrs.CONTENT_SECURITY_POLICY] = POLICY.format(nonce=f" 'nonce-{nonce}'")
        return response

    def login(self, request: web.Request, status: HTTPStatus, words: str) -> web.Response:
        """Return the page that asks for the token."""
        response = self._page(request, "login.html", status, words=words)
        # with no-referrer a browser says `Origin: null` when it sends the form
        response.headers["Referrer-Policy"] = "same-origin"
        return response

    def full(self, request: web.Request, words: str) -> web.Response:
        """Return the page that says why there is no terminal now."""
        return self._page(request, "full.html", HTTPStatus.SERVICE_UNAVAILABLE, words=words)

    def _page(
        self,
        request: web.Request,
        name: str,
        status: HTTPStatus = HTTPStatus.OK,
        **fields: object,
    ) -> web.Response:
        fields |= {"title": self._title, "base": self._base(request)}
        escaped = {key: escape(str(value)) for key, value in fields.items()}
        whole = "".join((HERE / part).read_text(encoding="utf-8") for part in ("head.html", name))
        text = Template(whole).substitute(escaped)
        headers = {hdrs.CACHE_CONTROL: "no-store"}
        return web.Response(status=status, text=text, content_type="text/html", headers=headers)

    def _base(self, request: web.Request) -> str:
        """Return what addresses are relative to, by the URL that the browser used.

        Only this helps a page that was reached as `/ticks` instead of `/ticks/` through a proxy
        that cuts the path off. Unknown, it is the page's own address.
        """
        asked = {request.headers.get(name, "").lower() for name in (hdrs.HOST, "X-Forwarded-Host")}
        for parts in map(urlsplit, self._public_urls):
            if parts.netloc.lower() in asked:
                return f"{parts.path.rstrip('/')}/"
        return "./"
