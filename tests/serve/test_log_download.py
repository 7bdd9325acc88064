"""The dashboard's log in a real browser: saved as a download, copied to its clipboard."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

from tests.browser import chromium
from tests.serve.served import ROOT, options, serving
from tests.serve.test_chromium import see
from tests.ui.fake_engine import make_notices

SCREEN = ROOT / "tests" / "ui" / "terminal_app.py"
CLIPBOARD = "navigator.clipboard.readText()"


async def test_the_log_is_downloaded_and_copied(tmp_path: Path) -> None:
    command = (sys.executable, str(SCREEN), str(tmp_path / "report"), "quiet")
    async with serving(options(tmp_path, command=command)) as served, chromium() as browser:
        context = await browser.new_context()
        await context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = await context.new_page()
        await page.goto(served.url)
        await see(page)
        async with page.expect_download() as started:
            await page.keyboard.type("W")
        download = await started.value
        assert re.fullmatch(r"tickterm-log-\d{4}-\d\d-\d\d-\d{6}\.txt", download.suggested_filename)
        await download.save_as(tmp_path / "saved")
        lines = (tmp_path / "saved").read_text().splitlines()
        assert [line.split(" ", 3)[3] for line in lines] == [n.text for n in make_notices()]

        await page.keyboard.press("Tab")
        await page.keyboard.type("y")
        async with asyncio.timeout(20):
            while not (text := await page.evaluate(CLIPBOARD)):  # noqa: ASYNC110  it has no event
                await asyncio.sleep(0.05)
        assert [line[11:] for line in text.splitlines()] == [n.text for n in make_notices()]
