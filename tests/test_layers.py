"""The architecture as a test: who imports whom, and what nobody may do."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "tickterm").rglob("*.py"))
BROAD = {"Exception", "BaseException"}
BARE_TASKS = {"create_task", "ensure_future"}
SETTINGS = [ROOT / "tickterm" / "settings.py", ROOT / "tickterm" / "settings_reader.py"]
READS = {"environ", "environb", "getenv", "getenvb", "putenv"}


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True
    )


def test_the_import_contracts_hold() -> None:
    done = python(
        "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Contracts: 9 kept, 0 broken." in done.stdout


@pytest.mark.parametrize(
    "module",
    [
        "tickterm.engine.service",
        "tickterm.engine.thread",
        "tickterm.simulator.server",
        "tickterm.cli.main",
    ],
)
def test_a_headless_interpreter_never_loads_textual(module: str) -> None:
    done = python(f"import sys, {module}; print(*sys.modules)")
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert module in loaded
    assert not {name for name in loaded if name.partition(".")[0] in ("textual", "rich")}
    assert not {name for name in loaded if name.startswith("tickterm.ui")}


def test_the_pure_core_loads_neither_a_loop_nor_a_log() -> None:
    core = sorted((ROOT / "tickterm" / "market").rglob("[a-z]*.py"))
    modules = ", ".join(".".join(path.relative_to(ROOT).with_suffix("").parts) for path in core)
    done = python(f"import sys, {modules}; print(*sys.modules)")
    assert done.returncode == 0, done.stderr
    # `socket` comes with `importlib.metadata`, by which the package finds its version.
    assert not {"asyncio", "logging", "websockets", "redis"} & set(done.stdout.split())


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def name_of(node: ast.AST | None) -> str:
    """Return the last part of a dotted name."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def owner_of(node: ast.AST) -> str:
    return ast.unparse(node.value) if isinstance(node, ast.Attribute) else ""


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_whoever_catches_everything_says_at_which_boundary(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    for node in nodes(path):
        if not isinstance(node, ast.ExceptHandler):
            continue
        caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        if node.type is None or BROAD & {name_of(kind) for kind in caught}:
            told = " ".join(lines[node.lineno - 2 : node.lineno])
            assert "boundary" in told, f"{relative(path)}:{node.lineno}"


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_every_task_has_an_owner(path: Path) -> None:
    for node in nodes(path):
        where = f"{relative(path)}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Call) and name_of(node.func) in BARE_TASKS:
            assert name_of(node.func) == "create_task", where
            assert owner_of(node.func), where
            assert "loop" not in owner_of(node.func), where
            assert owner_of(node.func) != "asyncio", where
        if isinstance(node, ast.ImportFrom) and node.module == "asyncio":
            assert not BARE_TASKS & {alias.name for alias in node.names}, where


@pytest.mark.parametrize("path", [p for p in SOURCES if p not in SETTINGS], ids=relative)
def test_only_settings_reads_the_environment(path: Path) -> None:
    for node in nodes(path):
        where = f"{relative(path)}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Attribute) and owner_of(node) == "os":
            assert node.attr not in READS, where
        if isinstance(node, ast.ImportFrom) and node.module == "os":
            assert not READS & {alias.name for alias in node.names}, where
        if isinstance(node, ast.Import | ast.ImportFrom):
            assert "dotenv" not in ast.unparse(node), where
