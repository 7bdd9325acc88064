from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.serve.served import Served, ask, options, serving

PUBLIC = ["https://gw.example.com/ticks", "http://other.example:8080"]


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(options(tmp_path, public_urls=PUBLIC)) as running:
        yield running


async def test_every_address_of_a_page_is_relative(served: Served) -> None:
    for route in ("/", "/login"):
        page = (await ask(served, f"GET {route}")).body
        addresses = re.findall(r'(?:src|href|action)="([^"]*)"', page)
        assert addresses
        assert not [a for a in addresses if a.startswith("/") or ":" in a]


async def test_no_page_has_a_script_or_style_of_its_own(served: Served) -> None:
    for route in ("/", "/login"):
        page = (await ask(served, f"GET {route}")).body
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script[^>]*>[^<]", page)


@pytest.mark.parametrize(
    ("headers", "base"),
    [
        ((), "./"),
        (("Host: gw.example.com",), "/ticks/"),
        (("X-Forwarded-Host: gw.example.com",), "/ticks/"),
        (("X-Forwarded-Host: evil.example",), "./"),
        (("Host: other.example:8080",), "/"),
    ],
)
async def test_addresses_start_at_the_public_path(
    served: Served, headers: tuple[str, ...], base: str
) -> None:
    assert f'<base href="{base}">' in (await ask(served, "GET /", *headers)).body


async def test_a_proxy_may_pass_the_path_on(served: Served) -> None:
    for path in ("/ticks/", "/ticks/healthz", "/ticks/static/serve.js", "/ticks/login"):
        assert (await ask(served, f"GET {path}")).status == 200
    answer = await ask(served, "GET /ticks?fontsize=9")
    assert (answer.status, answer.header("Location")) == (308, "ticks/?fontsize=9")
    assert (await ask(served, "GET /tick/")).status == 404


@pytest.mark.parametrize(
    ("query", "size"),
    [
        ("", ""),
        ("?fontsize=20", "20"),
        ("?fontsize=1", "8"),
        ("?fontsize=999999", "40"),
        ("?fontsize=%22%3E%3Cb%3E", ""),
        ("?fontsize=" + "9" * 5000, ""),
    ],
)
async def test_the_font_size_is_clamped(served: Served, query: str, size: str) -> None:
    assert f'data-font-size="{size}"' in (await ask(served, f"GET /{query}")).body


async def test_the_nonce_is_new_for_every_page(served: Served) -> None:
    answers = [await ask(served, "GET /") for _ in range(2)]
    nonces = [re.findall(r'nonce="([^"]+)"', answer.body) for answer in answers]
    assert nonces[0] != nonces[1]
    for answer, nonce in zip(answers, nonces, strict=True):
        policy = answer.header("Content-Security-Policy")
        assert f"style-src 'self' 'nonce-{nonce[0]}'" in policy
        assert answer.header("Cache-Control") == "no-store"


@pytest.mark.parametrize(
    "path",
    ["static/", "static", "static/..%2fserver.py", "static/%2e%2e/server.py", "static/page.html"],
)
async def test_no_other_file_is_served(served: Served, path: str) -> None:
    assert (await ask(served, f"GET /{path}")).status == 404


async def test_the_title_is_text(tmp_path: Path) -> None:
    import dataclasses

    chosen = dataclasses.replace(options(tmp_path), title="<b>$base & co")
    async with serving(chosen) as served:
        assert "<title>&lt;b&gt;$base &amp; co</title>" in (await ask(served, "GET /")).body


async def test_health(served: Served) -> None:
    answer = await ask(served, "GET /healthz")
    assert (answer.status, answer.body) == (200, "ok\n")
    assert answer.header("Server") == "tickterm"
