"""A small Textual app to be served: shows what is typed, counts, and misbehaves on request."""

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

from textual.app import App, ComposeResult
from textual.events import Key, Resize
from textual.messages import ExitApp
from textual.widgets import Static

FACE = "served ▁▃▅▇█ │ ✓ ▲ ▼"


class Served(App[None]):
    """Its arguments: a folder for notes to the test, then words for how it misbehaves."""

    CSS = "Screen { background: #101820; } #face { color: #3ddc84; text-style: bold; }"

    def __init__(self, notes: Path, manners: list[str]) -> None:
        super().__init__()
        self.notes = notes
        self.manners = manners
        self.typed = ""
        self.count = 0

    def compose(self) -> ComposeResult:
        yield Static(FACE, id="face", markup=False)
        yield Static("", id="typed", markup=False)
        yield Static("", id="count", markup=False)
        yield Static("", id="size", markup=False)

    def on_mount(self) -> None:
        (self.notes / f"{os.getpid()}.pid").touch()
        if "quiet" not in self.manners:
            self.set_interval(0.1, self.tick)
        if "flood" in self.manners:
            self.set_interval(0.01, self.flood)

    def tick(self) -> None:
        self.count += 1
        self.query_one("#count", Static).update(f"count {self.count}")

    def flood(self) -> None:
        driver = self._driver
        assert driver is not None
        driver.write("\x1b[H" + "flood " * 20_000)

    def on_resize(self, event: Resize) -> None:
        size = f"{event.size.width}x{event.size.height}"
        self.query_one("#size", Static).update(f"size {size}")
        (self.notes / "size").write_text(size)

    def on_key(self, event: Key) -> None:
        character = event.character or ""
        if character == "!":
            self.exit()
        elif character == "?":
            raise RuntimeError("asked to fail")
        elif character == "#":
            self.deliver_text(io.StringIO("a,b\n1,2\n" * 20_000), save_filename="té st.csv")
        elif character == "@":
            self.open_url("javascript:alert(1)")
            self.open_url("https://a.example")
        self.typed += character
        self.query_one("#typed", Static).update(f"typed {self.typed}")
        (self.notes / "typed").write_text(self.typed)


class Stubborn(Served):
    """One that does not quit, whoever asks."""

    def _on_exit_app(self, event: ExitApp) -> None:  # type: ignore[override] # as Textual calls it
        event.prevent_default()


def main() -> None:
    notes, manners = Path(sys.argv[1]), sys.argv[2:]
    (notes / "environ").write_text("\n".join({k for k, v in os.environ.items() if v}))
    if "banner" in manners:
        print("hello\n" * 50)
    if "broken" in manners:
        sys.exit("no engine was found on port 8765")
    if "mute" in manners:
        signal.pause()
    if "parent" in manners:
        child = subprocess.Popen(["sleep", "600"])  # inherits the pipes too
        (notes / "child").write_text(str(child.pid))
    app = (Stubborn if "stubborn" in manners else Served)(notes, manners)
    app.run()
    sys.exit(app.return_code)


if __name__ == "__main__":
    main()
