"""The gate in front of every route: Host and Origin first, then the token."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from aiohttp import hdrs, web

from tickterm.access import Access
from tickterm.serve.logins import LIFETIME, WINDOW, Logins
from tickterm.serve.pages import Pages

__all__ = ["Gate", "Handler"]

log = logging.getLogger("tickterm.serve")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

WORDS = {
    HTTPStatus.UNAUTHORIZED: "That is not the token.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many wrong tokens: try again in a minute.",
}


class Gate:
    """Lets in whom `Access` allows; where there is a token, whoever has shown it."""

    def __init__(self, access: Access, pages: Pages) -> None:
        self._access = access
        self._pages = pages
        self._logins = Logins()
        self._cookie = f"tickterm_{access.port}"  # cookies know no ports, so several may meet
        self.without_token: set[Handler] = {self.show_login, self.log_in}
        """Handlers for everybody."""
        self.with_origin: set[Handler] = set()
        """Handlers for browsers only."""

    @web.middleware
    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer instead of the handler when the request is not allowed."""
        hosts = request.headers.getall(hdrs.HOST, [])
        origins = request.headers.getall(hdrs.ORIGIN, [])
        asked_for = request.match_info.handler
        if refusal := self._access.refusal(hosts, origins):
            return _text(HTTPStatus.FORBIDDEN, refusal)
        if asked_for in self.with_origin and not origins:
            return _text(HTTPStatus.FORBIDDEN, "this needs an Origin: it is for browsers")
        if asked_for not in self.without_token:
            status = self._verdict(request)
            if status is not HTTPStatus.OK:
                return self._turned_away(request, status)
        return await handler(request)

    async def show_login(self, request: web.Request) -> web.Response:
        """Answer with the login page."""
        return self._pages.login(request, HTTPStatus.OK, "")

    async def log_in(self, request: web.Request) -> web.Response:
        """Take the token from the page's form; answer with a session's cookie."""
        form = await request.post()
        given = str(form.get("token", "")).strip()
        status = self._tried(lambda: self._access.is_token(given))
        if status is not HTTPStatus.OK:
            return self._pages.login(request, status, WORDS[status])
        response = web.Response(status=HTTPStatus.SEE_OTHER, headers={hdrs.LOCATION: "./"})
        response.set_cookie(
            self._cookie,
            self._logins.open(),
            max_age=LIFETIME,
            path="",  # the browser takes the folder that it sees, whatever a proxy made of it
            httponly=True,
            samesite="Strict",
            secure=self._came_by_https(request),
        )
        return response

    def _verdict(self, request: web.Request) -> HTTPStatus:
        if not self._access.token or self._logins.is_open(request.cookies.get(self._cookie, "")):
            return HTTPStatus.OK
        given = request.headers.getall(hdrs.AUTHORIZATION, [])
        if not any(text.lower().startswith("bearer ") for text in given):
            return HTTPStatus.UNAUTHORIZED  # other schemes may be those of a proxy in front of us
        return self._tried(lambda: self._access.is_authorized(given))

    def _tried(self, is_right: Callable[[], bool]) -> HTTPStatus:
        """Try a token, within the limit on wrong ones."""
        if not self._logins.may_try():
            return HTTPStatus.TOO_MANY_REQUESTS
        if is_right():
            return HTTPStatus.OK
        self._logins.failed()
        log.warning("a wrong token was given")
        return HTTPStatus.UNAUTHORIZED

    def _turned_away(self, request: web.Request, status: HTTPStatus) -> web.Response:
        if "text/html" in request.headers.get(hdrs.ACCEPT, ""):
            words = WORDS[status] if hdrs.AUTHORIZATION in request.headers else ""
            return self._pages.login(request, status, words)
        response = _text(status, "the token is missing or wrong: Authorization: Bearer <token>")
        response.headers[hdrs.WWW_AUTHENTICATE] = "Bearer"
        if status is HTTPStatus.TOO_MANY_REQUESTS:
            response.headers[hdrs.RETRY_AFTER] = f"{WINDOW:.0f}"
        return response

    def _came_by_https(self, request: web.Request) -> bool:
        """Say whether the browser's side is encrypted; it tells by `Origin`, a proxy by a header
        of its own, which counts only where https is expected."""
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is not None:
            return origin.lower().startswith("https://")
        expected = any(url.lower().startswith("https://") for url in self._access.public_urls)
        return expected and request.headers.get(hdrs.X_FORWARDED_PROTO, "").lower() == "https"


def _text(status: HTTPStatus, text: str) -> web.Response:
    return web.Response(status=status, text=f"{text}\n")
