"""What the port answers over plain HTTP, and that it tells nobody more than it may."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from http import HTTPStatus
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickterm.engine.viewers.pages import Page, page
from tickterm.market.contract.schema import document
from tickterm.market.snapshot import (
    LinkPhase,
    LinkView,
    RedisView,
    Snapshot,
    UniverseView,
)

READY = Snapshot(
    link=LinkView(phase=LinkPhase.UP),
    redis=RedisView(up=True),
    universe=UniverseView(name="u", size=3),
)
WEB = {file.name: file for file in resources.files("tickterm.web").iterdir()}
STATIC = sorted(name for name in WEB if name.rpartition(".")[2] in ("js", "css", "svg"))
PATHS = ["/", "/healthz", "/readyz", "/metrics", "/schema", "/nothing", f"/{STATIC[0]}"]


def get(
    path: str, snapshot: Snapshot = READY, *, authorized: bool = True, if_none_match: str = ""
) -> Page:
    return page(path, snapshot, authorized=authorized, if_none_match=if_none_match)


def header(answer: Page, name: str) -> str:
    found = [value for key, value in answer.headers if key == name]
    assert len(found) == 1, (name, found)
    return found[0]


# --- health


def test_the_loop_turns() -> None:
    for snapshot in (READY, Snapshot()):
        answer = get("/healthz", snapshot, authorized=False)
        assert (answer.status, answer.body) == (HTTPStatus.OK, b"ok\n")


def test_ready_is_who_has_a_link_and_redis() -> None:
    answer = get("/readyz", authorized=False)
    assert (answer.status, answer.body) == (HTTPStatus.OK, b"ready\n")


def test_a_recording_that_has_ended_is_ready() -> None:
    ended = replace(READY, link=LinkView(phase=LinkPhase.ENDED))
    assert get("/readyz", ended).status is HTTPStatus.OK


@pytest.mark.parametrize(
    "phase", [p for p in LinkPhase if p not in (LinkPhase.UP, LinkPhase.ENDED)]
)
def test_without_a_link_nobody_is_ready(phase: LinkPhase) -> None:
    answer = get("/readyz", replace(READY, link=LinkView(phase=phase, reason="the cable")))
    assert answer.status is HTTPStatus.SERVICE_UNAVAILABLE
    assert answer.body.decode() == f"link {phase.value.lower()}: the cable\n"


def test_without_redis_nobody_is_ready() -> None:
    answer = get("/readyz", replace(READY, redis=RedisView(reason="connection refused")))
    assert answer.status is HTTPStatus.SERVICE_UNAVAILABLE
    assert answer.body == b"redis down: connection refused\n"


def test_every_obstacle_has_a_line() -> None:
    nothing = Snapshot(universe=UniverseView(error="no table cache_entries in /home/me/x.db"))
    assert get("/readyz", nothing).body == (
        b"no universe: no table cache_entries in /home/me/x.db\nredis down\n"
    )
    retrying = replace(Snapshot(), link=LinkView(phase=LinkPhase.RETRYING))
    assert get("/readyz", retrying).body == b"link reconnecting\nredis down\n"


def test_why_is_told_only_to_those_who_may_know() -> None:
    secret = Snapshot(
        link=LinkView(phase=LinkPhase.RETRYING, reason="10.0.0.9 refused"),
        redis=RedisView(reason="no such user: boss"),
    )
    answer = get("/readyz", secret, authorized=False)
    assert answer.status is HTTPStatus.SERVICE_UNAVAILABLE
    assert answer.body == b"link reconnecting\nredis down\n"


def test_a_reason_cannot_forge_another_line() -> None:
    forged = replace(READY, redis=RedisView(reason="x\nready\x1b[2J"))
    assert get("/readyz", forged).body == "redis down: x ready·[2J\n".encode()


# --- metrics and the contract


def test_metrics_are_for_those_with_the_token() -> None:
    answer = get("/metrics", authorized=False)
    assert answer.status is HTTPStatus.UNAUTHORIZED
    assert header(answer, "WWW-Authenticate") == "Bearer"
    assert b"tickterm_" not in answer.body
    assert answer.body.count(b"\n") == 1


def test_metrics_are_those_of_the_snapshot() -> None:
    answer = get("/metrics")
    assert answer.status is HTTPStatus.OK
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert b"\ntickterm_symbols_watched 3.0\n" in answer.body


def test_the_contract_is_for_everybody() -> None:
    answer = get("/schema", authorized=False)
    assert (answer.status, answer.content_type) == (HTTPStatus.OK, "application/json")
    assert json.loads(answer.body) == document()


# --- the page


def test_the_page_is_for_everybody_and_asks_for_the_token_itself() -> None:
    answer = get("/", authorized=False)
    assert (answer.status, answer.content_type) == (HTTPStatus.OK, "text/html; charset=utf-8")
    assert answer.body == WEB["index.html"].read_bytes()


@pytest.mark.parametrize("name", STATIC)
def test_its_files_are_served_as_what_they_are(name: str) -> None:
    answer = get(f"/{name}", authorized=False)
    types = {
        "js": "text/javascript; charset=utf-8",
        "css": "text/css; charset=utf-8",
        "svg": "image/svg+xml",
    }
    assert answer.status is HTTPStatus.OK
    assert answer.content_type == types[name.rpartition(".")[2]]
    assert answer.body == WEB[name].read_bytes()


def test_what_the_page_names_is_there_and_relative() -> None:
    html = WEB["index.html"].read_text(encoding="utf-8")
    named = re.findall(r'(?:src|href)="([^"#]+)"', html)
    assert named
    for url in named:
        assert not re.match(r"[a-z]+:|/", url), url
        assert get(f"/{url.removeprefix('./')}").status is HTTPStatus.OK, url


def test_the_page_has_nothing_that_its_own_policy_forbids() -> None:
    html = WEB["index.html"].read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", html)


def test_a_browser_that_has_the_file_is_not_sent_it_again() -> None:
    first = get("/")
    etag = header(first, "ETag")
    assert re.fullmatch(r'"[0-9a-f]{16}"', etag)
    for given_before in (etag, f"W/{etag}", f'"other", {etag}'):
        again = get("/", if_none_match=given_before)
        assert (again.status, again.body) == (HTTPStatus.NOT_MODIFIED, b"")
        assert header(again, "ETag") == etag
    for other in ("", '"other"', etag[1:-1], "*"):
        assert get("/", if_none_match=other).status is HTTPStatus.OK
    assert header(get(f"/{STATIC[0]}"), "ETag") != etag


# --- headers


@pytest.mark.parametrize("authorized", [True, False])
@pytest.mark.parametrize("path", PATHS)
def test_every_answer_keeps_other_pages_out(path: str, authorized: bool) -> None:
    answer = get(path, authorized=authorized)
    assert header(answer, "X-Content-Type-Options") == "nosniff"
    assert header(answer, "Referrer-Policy") == "no-referrer"
    assert header(answer, "Cross-Origin-Resource-Policy") == "same-origin"
    assert header(answer, "Cross-Origin-Opener-Policy") == "same-origin"
    assert header(answer, "Content-Security-Policy") == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    static = path == "/" or path[1:] in STATIC
    assert header(answer, "Cache-Control") == ("no-cache" if static else "no-store")


@pytest.mark.parametrize("path", PATHS)
def test_headers_are_ascii_lines_and_leave_type_and_length_to_the_server(path: str) -> None:
    for name, value in get(path, authorized=False).headers:
        assert re.fullmatch(r"[A-Za-z-]+", name)
        assert value.isascii()
        assert value.isprintable()
        assert name not in ("Content-Type", "Content-Length", "Connection")


# --- paths


@pytest.mark.parametrize("path", ["/healthz?", "/healthz?a=b", "/healthz?/metrics", "/healthz??"])
def test_a_query_changes_nothing(path: str) -> None:
    assert get(path, authorized=False).body == b"ok\n"


NOWHERE = [
    "",
    "*",
    "?",
    "//",
    "/.",
    "/..",
    "/nothing",
    "/HEALTHZ",
    "/healthz/",
    "//healthz",
    "/%68ealthz",
    "/healthz%00",
    "/healthz;a=b",
    "/index.html",
    "/index.html/",
    "/__init__.py",
    "/../pages.py",
    "/../../settings.py",
    "/..%2f..%2fsettings.py",
    "/%2e%2e/settings.py",
    "/./viewer.js",
    "/..\\settings.py",
    "/.env",
    "/etc/passwd",
    "//etc/passwd",
    "file:///etc/passwd",
    "http://127.0.0.1:8765/",
    "http://127.0.0.1:8765/healthz",
    "127.0.0.1:8765",
    "/metrics/",
    "/viewer.js.map",
    "/VIEWER.JS",
    "/" + "x" * 100_000,
]


@pytest.mark.parametrize("path", NOWHERE, ids=lambda path: ascii(path[:30]))
def test_everything_else_is_nowhere(path: str) -> None:
    answer = get(path)
    assert answer.status is HTTPStatus.NOT_FOUND
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.body == b"nothing here: try /, /healthz, /readyz, /metrics, /schema\n"


@given(st.text(max_size=30))
def test_any_path_is_answered(path: str) -> None:
    assert get(path).status in (HTTPStatus.OK, HTTPStatus.NOT_FOUND)
    assert get(f"/{path}", authorized=False).status in (HTTPStatus.OK, HTTPStatus.NOT_FOUND)
