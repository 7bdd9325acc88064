"""What keys and the palette do to the log, and how things are copied from any pane."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from io import StringIO
from typing import TYPE_CHECKING

from textual.app import App

from tickterm.market.text import clean
from tickterm.ui.draw import numbers
from tickterm.ui.log import file as log_file
from tickterm.ui.widgets.copyable import Copyable

if TYPE_CHECKING:
    from tickterm.ui.dashboard import Dashboard
    from tickterm.ui.log.buffer import Entry
    from tickterm.ui.log.pane import LogPane

__all__ = ["LogActions"]


class LogActions(App[None], inherit_bindings=False):
    """The app's actions that are about the log, or about what is copied."""

    dashboard: Dashboard

    def action_find_in_log(self) -> None:
        """Ask for a regular expression."""
        self.dashboard.ask_expression()

    def action_match(self, step: int) -> None:
        """Mark the next match down (1) or up (-1)."""
        view = self._log_pane.view
        if view.search is None:
            self._say("nothing is looked for in the log yet: / there finds")
        elif not view.search.serials:
            self._say("no line matches")
        else:
            view.go_to_match(step)

    def action_step_level(self) -> None:
        """Show only lines of the next level and above."""
        if self.dashboard.bring(self._log_pane):
            self._log_pane.step_level()

    def action_copy(self) -> None:
        """Copy what is marked in the pane in use."""
        nodes = self.focused.ancestors_with_self if self.focused is not None else ()
        pane = next((node for node in nodes if isinstance(node, Copyable)), None)
        if pane is None:
            self._say("there is nothing to copy here")
        else:
            self._copy_from(pane)

    def action_copy_log(self) -> None:
        """Copy the marked line of the log, or all that pass the filter."""
        self._copy_from(self._log_pane)

    def action_save_log(self) -> None:
        """Save the lines that pass the filter to a file, in a browser as a download."""
        entries = self._log_pane.view.shown
        if not entries:
            self._say("no line of the log passes the filter")
        elif self.is_web:
            self._download(entries)
        else:
            self.run_worker(self._save_lines(entries), name="save the log", exit_on_error=False)

    @property
    def _log_pane(self) -> LogPane:
        return self.dashboard.panes.log_pane

    def _copy_from(self, pane: Copyable) -> None:
        text, what = pane.copied()
        if text:
            self.copy_to_clipboard(text)
        self._say(f"{what} copied" if text else "there is nothing to copy here")

    def _download(self, entries: Sequence[Entry]) -> None:
        name = _new_name()
        self.deliver_text(StringIO(log_file.as_text(entries)), save_filename=name)
        self._say(f"{_lines(entries)} for your browser's downloads: {name}")

    async def _save_lines(self, entries: Sequence[Entry]) -> None:
        text = log_file.as_text(entries)
        try:
            path = log_file.directory() / _new_name()
            saved = await asyncio.to_thread(log_file.save, text, path)
        except OSError as error:
            where = clean(error.filename or "the current directory")
            reason = clean(error.strerror or error)
            self.notify(f"cannot save to {where}: {reason}", severity="error", markup=False)
        else:
            self._say(f"{_lines(entries)} saved to {clean(saved)}")

    def _say(self, text: str) -> None:
        self.notify(text, markup=False)


def _new_name() -> str:
    return log_file.file_name(datetime.now(UTC).astimezone())


def _lines(entries: Sequence[Entry]) -> str:
    return f"{numbers.count(len(entries))} line{'' if len(entries) == 1 else 's'}"
