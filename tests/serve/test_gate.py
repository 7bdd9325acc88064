from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.serve.served import TOKEN, Answer, Served, ask, options, serving

PUBLIC = "https://gw.example.com/ticks"
UPGRADE = (
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(options(tmp_path, "quiet", public_urls=[PUBLIC])) as running:
        yield running


@pytest.fixture
async def locked(tmp_path: Path) -> AsyncIterator[Served]:
    chosen = options(tmp_path, "quiet", token=TOKEN, public_urls=[PUBLIC])
    async with serving(chosen) as running:
        yield running


async def upgrade(served: Served, *headers: str) -> Answer:
    """Ask for a WebSocket; `Connection: Upgrade` goes along with what `ask` sends."""
    return await ask(served, "GET /ws", "Connection: Upgrade", *UPGRADE, *headers)


async def log_in(served: Served, token: str, *headers: str) -> Answer:
    return await ask(served, "POST /login", *headers, body=f"token={token.replace(' ', '+')}")


ROUTES = ("/", "/ws", "/login", "/healthz", "/static/serve.js", "/download/x", "/nowhere")

OURS = [
    "127.0.0.1:{port}",
    "localhost:{port}",
    "localhost:9999",
    "LOCALHOST:9999",
    "gw.example.com",
]
FOREIGN = [
    "evil.example",
    "evil.example:{port}",
    "127.0.0.1.evil.example",
    "gw.example.com.evil.example",
    "evil@127.0.0.1:{port}",
    "127.0.0.1:{port},evil.example",
    "10.0.0.1:{port}",
    "",
]


def filled(text: str, served: Served) -> str:
    return text.format(port=served.url.split(":")[2].strip("/"))


@pytest.mark.parametrize("host", OURS)
async def test_our_own_names_are_served(served: Served, host: str) -> None:
    assert (await ask(served, "GET /", f"Host: {filled(host, served)}")).status == 200


@pytest.mark.parametrize("host", FOREIGN)
async def test_no_route_answers_to_another_host(served: Served, host: str) -> None:
    header = f"Host: {filled(host, served)}"
    answers = [await ask(served, f"GET {route}", header) for route in ROUTES]
    assert [answer.status for answer in answers] == [403] * len(ROUTES)


async def test_two_hosts_are_refused(served: Served) -> None:
    hosts = ["Host: localhost:1", "Host: evil.example"]
    assert (await ask(served, "GET /", *hosts)).status in (400, 403)


ORIGINS = [
    ("http://127.0.0.1:{port}", True),
    ("https://gw.example.com", True),
    ("HTTPS://GW.EXAMPLE.COM", True),
    ("http://gw.example.com", False),
    ("https://gw.example.com.evil.example", False),
    ("https://gw.example.com:8443", False),
    ("http://localhost:{port}", False),
    ("http://127.0.0.1", False),
    ("http://evil.example", False),
    ("null", False),
    ("", False),
    ("file://", False),
]


@pytest.mark.parametrize(("origin", "welcome"), ORIGINS)
async def test_only_our_own_pages_may_open_a_terminal(
    served: Served, origin: str, welcome: bool
) -> None:
    header = f"Origin: {filled(origin, served)}"
    assert (await upgrade(served, header)).status == (101 if welcome else 403)
    assert (await ask(served, "GET /", header)).status == (200 if welcome else 403)


async def test_a_terminal_needs_an_origin(served: Served) -> None:
    assert (await upgrade(served)).status == 403
    assert (await ask(served, "GET /ws")).status == 403


async def test_two_origins_are_refused(served: Served) -> None:
    mine = f"Origin: {served.origin}"
    assert (await upgrade(served, mine, "Origin: http://evil.example")).status in (400, 403)


async def test_without_the_token_there_is_a_login_page_and_nothing_else(locked: Served) -> None:
    page = await ask(locked, "GET /", "Accept: text/html")
    assert page.status == 401
    assert 'action="login"' in page.body
    assert "textual.js" not in page.body
    mine = f"Origin: {locked.origin}"
    assert (await upgrade(locked, mine)).status == 401
    for route in ("/download/x", "/nowhere", "/"):
        answer = await ask(locked, f"GET {route}")
        assert (answer.status, answer.header("WWW-Authenticate")) == (401, "Bearer")
    for route in ("/healthz", "/login", "/static/serve.css"):
        assert (await ask(locked, f"GET {route}")).status == 200


async def test_the_token_opens_a_session_by_cookie(locked: Served) -> None:
    answer = await log_in(locked, TOKEN, f"Origin: {locked.origin}")
    assert (answer.status, answer.header("Location")) == (303, "./")
    cookie, *flags = answer.header("Set-Cookie").split("; ")
    assert {"HttpOnly", "SameSite=Strict"} <= set(flags)
    assert not any(flag.startswith(("Path", "Domain", "Secure")) for flag in flags)
    assert TOKEN not in cookie
    mine = (f"Cookie: {cookie}", f"Origin: {locked.origin}")
    assert (await ask(locked, "GET /", mine[0])).status == 200
    assert (await upgrade(locked, *mine)).status == 101
    assert (await upgrade(locked, f"Cookie: {cookie}", "Origin: http://evil.example")).status == 403
    assert (await ask(locked, "GET /", f"Cookie: {cookie}x")).status == 401


@pytest.mark.parametrize(
    ("headers", "secure"),
    [
        (("Origin: https://gw.example.com", "Host: gw.example.com"), True),
        (("Host: gw.example.com", "X-Forwarded-Proto: https"), True),
        (("Host: gw.example.com", "X-Forwarded-Proto: http"), False),
        (("Host: gw.example.com",), False),
    ],
)
async def test_the_cookie_is_secure_when_the_browser_uses_https(
    locked: Served, headers: tuple[str, ...], secure: bool
) -> None:
    answer = await log_in(locked, TOKEN, *headers)
    assert ("Secure" in answer.header("Set-Cookie").split("; ")) == secure


async def test_a_header_of_a_proxy_counts_only_where_https_is_expected(tmp_path: Path) -> None:
    async with serving(options(tmp_path, token=TOKEN)) as served:
        answer = await log_in(served, TOKEN, "X-Forwarded-Proto: https")
        assert "Secure" not in answer.header("Set-Cookie")


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"bearer {TOKEN}", 200),
        ("Bearer wrong", 401),
        ("Bearer ", 401),
        (f"Basic {TOKEN}", 401),
        (TOKEN, 401),
    ],
)
async def test_programs_show_the_token_in_a_header(
    locked: Served, authorization: str, status: int
) -> None:
    answer = await ask(locked, "GET /", f"Authorization: {authorization}")
    assert answer.status == status


async def test_a_token_in_the_url_is_no_token(locked: Served) -> None:
    query = f"token={TOKEN.replace(' ', '%20')}"
    assert (await ask(locked, f"GET /?{query}")).status == 401
    assert (await ask(locked, f"GET /login?{query}")).header("Set-Cookie") == ""


async def test_other_pages_cannot_log_in(locked: Served) -> None:
    for origin in ("http://evil.example", "null"):
        assert (await log_in(locked, TOKEN, f"Origin: {origin}")).status == 403


async def test_guessing_is_stopped_even_with_the_right_guess(
    locked: Served, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    login = await log_in(locked, TOKEN)
    guesses = [await log_in(locked, "guess me") for _ in range(5)]
    guesses += [await ask(locked, "GET /", "Authorization: Bearer guess me") for _ in range(5)]
    assert [answer.status for answer in guesses] == [401] * 10
    assert "That is not the token." in guesses[0].body
    assert (await log_in(locked, TOKEN)).status == 429
    stopped = await ask(locked, "GET /", f"Authorization: Bearer {TOKEN}")
    assert (stopped.status, stopped.header("Retry-After")) == (429, "60")
    cookie = login.header("Set-Cookie").split(";")[0]
    assert (await ask(locked, "GET /", f"Cookie: {cookie}")).status == 200
    assert TOKEN not in caplog.text
    assert "guess me" not in caplog.text


async def test_the_password_of_a_proxy_is_no_guess(locked: Served) -> None:
    for _ in range(12):
        await ask(locked, "GET /", "Authorization: Basic dXNlcjpwYXNz")
    assert (await log_in(locked, TOKEN)).status == 303


async def test_a_huge_form_is_refused(locked: Served) -> None:
    assert (await log_in(locked, "x" * 10_000)).status == 413


async def test_every_answer_keeps_other_pages_out(locked: Served) -> None:
    lines = ["GET /", "GET /healthz", "GET /static/textual.js", "GET /nowhere", "POST /login"]
    answers = [await ask(locked, line) for line in lines]
    answers += [await ask(locked, "GET /", "Host: evil.example")]
    for answer in answers:
        policy = answer.header("Content-Security-Policy")
        assert "default-src 'none'; script-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.header("X-Content-Type-Options") == "nosniff"
        assert answer.header("Referrer-Policy") in ("no-referrer", "same-origin")
