"""What keys and the palette do to groups, and to what is watched."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeGuard

from tickterm.market.groups import EVERYTHING, Group
from tickterm.market.text import clean
from tickterm.ui.actions.rights import Rights
from tickterm.ui.groups.dialog import Choice, Deed, GroupScreen
from tickterm.ui.groups.questions import AddSymbols, Confirm, NewList, UseAnother

if TYPE_CHECKING:
    from tickterm.market.snapshot import Snapshot
    from tickterm.ui.dashboard import Dashboard
    from tickterm.ui.engine import Engine

__all__ = ["GroupActions"]


class GroupActions(Rights, inherit_bindings=False):
    """The actions of an app that shows an engine on a dashboard."""

    dashboard: Dashboard
    _engine: Engine
    _snapshot: Snapshot

    @abstractmethod
    def look(self) -> None:
        """Show what is new."""

    def action_show_group(self, key: int) -> None:
        """Show the symbols of a group; those that are not watched are watched from now on."""
        if key != EVERYTHING and self._group(key) is None:
            self._tell(f"there is no group {key}: w lists and makes groups")
            return
        self.dashboard.groups.key = key
        self.dashboard.paused = False
        self.look()
        if self.dashboard.groups.missing and self._can_act:
            self._engine.watch_group(key)

    def action_list_groups(self) -> None:
        """List the groups, the one that is shown marked."""
        self._list_groups(self.dashboard.groups.key)

    def action_new_list(self) -> None:
        """Ask for a list."""
        self._ask_list(None)

    def action_drop_list(self) -> None:
        """Ask whether the list that is shown is to be deleted."""
        self._ask_drop(self.dashboard.groups.group)

    def action_ask_universe(self) -> None:
        """Ask for a universe to watch."""
        if self._may_act():
            self.dashboard.ask(UseAnother(self._use))

    def action_add_symbols(self) -> None:
        """Ask for symbols to watch; they come into the list that is shown as well."""
        if not self._may_act():
            return
        own = self._own_group()
        rows = self._snapshot.rows
        known = own.symbols if own is not None else [row.symbol for row in rows]
        title = f"add to {own.key} {clean(own.name, 16)}" if own is not None else "add"
        self.dashboard.ask(AddSymbols(title, known, self._add))

    def action_remove_symbol(self) -> None:
        """Take the marked symbol out of the list that is shown, or ask whether to stop watching."""
        detail = self.dashboard.detail
        symbol = detail.symbol or self.dashboard.board.cursor_symbol
        if not symbol or not self._may_act():
            return
        group = self.dashboard.groups.group
        if group is None:
            asked = f"stop watching {clean(symbol, 32)} for everybody?"
            self.dashboard.ask(Confirm(asked, lambda: self._remove_symbol(symbol, None)))
        elif group.own:
            self._remove_symbol(symbol, group)
        else:
            self._tell(f"group {group.key} is of the table: press 1, then d stops watching it")

    def _remove_symbol(self, symbol: str, own: Group | None) -> None:
        self.dashboard.paused = False  # a board that stands still would show it all the same
        if own is None:
            self._engine.unwatch([symbol])
        else:
            self._engine.change_list(own.key, removed=[symbol])

    def _add(self, symbols: Sequence[str]) -> None:
        self.dashboard.paused = False
        own = self._own_group()
        watched = {row.symbol for row in self._snapshot.rows}
        self._engine.watch([symbol for symbol in symbols if symbol not in watched])
        if own is not None:
            self._engine.change_list(own.key, symbols)

    def _list_groups(self, marked: int) -> None:
        shown = self.dashboard.groups.key
        dialog = GroupScreen(lambda: self._snapshot.groups, shown, marked, self._may_choose)
        self.push_screen(dialog, self._choose)

    def _may_choose(self, choice: Choice) -> bool:
        """Say whether a choice can be done; on the screen, why not."""
        group = self._group(choice.key)
        match choice.deed:
            case Deed.SHOW:
                return True
            case Deed.NEW:
                return self._may_act()
            case Deed.DROP:
                return self._may_drop(group)
            case Deed.USE:
                return self._may_use(group)

    def _choose(self, choice: Choice | None) -> None:
        """Do what was chosen on the list of groups."""
        if choice is None:
            return
        group = self._group(choice.key)
        match choice.deed:
            case Deed.SHOW:
                self.action_show_group(choice.key)
            case Deed.NEW:
                self._ask_list(choice.key if group is None or group.own else None)
            case Deed.DROP:
                self._ask_drop(group, lambda: self._list_groups(choice.key))
            case Deed.USE:
                self._ask_use(group)

    def _ask_list(self, key: int | None) -> None:
        if self._may_act():
            shown = self.dashboard.board.symbols
            self.dashboard.ask(NewList(self._snapshot.groups, shown, self._put_list, key))

    def _put_list(self, key: int, name: str, symbols: Sequence[str]) -> None:
        watched = {row.symbol for row in self._snapshot.rows}
        self._engine.put_list(key, name, symbols)
        self._engine.watch([symbol for symbol in symbols if symbol not in watched])
        self.dashboard.groups.key = key

    def _ask_drop(self, group: Group | None, then: Callable[[], None] | None = None) -> None:
        if self._may_drop(group):
            key = group.key
            asked = f"delete list {key} {clean(group.name, 24)}?"
            self.dashboard.ask(Confirm(asked, lambda: self._engine.drop_list(key)), then)

    def _ask_use(self, group: Group | None) -> None:
        if self._may_use(group):
            key = group.name
            asked = f"watch only {clean(key, 32)}, for everybody?"
            self.dashboard.ask(Confirm(asked, lambda: self._use(key)))

    def _may_drop(self, group: Group | None) -> TypeGuard[Group]:
        if group is None or not group.own:
            self._tell("only a list of your own can be deleted")
            return False
        return self._may_act()

    def _may_use(self, group: Group | None) -> TypeGuard[Group]:
        if group is None or group.own or ":" not in group.name:
            self._tell("only a universe of the table can be used by the engine")
            return False
        return self._may_act()

    def _use(self, key: str) -> None:
        self._engine.use_universe(key)
        self.dashboard.groups.key = EVERYTHING

    def _own_group(self) -> Group | None:
        group = self.dashboard.groups.group
        return group if group is not None and group.own else None

    def _group(self, key: int) -> Group | None:
        return next((group for group in self._snapshot.groups if group.key == key), None)

    def _tell(self, text: str) -> None:
        self.notify(text, markup=False)
