"""What must stay true of the code itself."""

import ast
import importlib
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from tiketti_migrate import hookspecs

ROOT = Path(__file__).parents[1]
CORE = ROOT / "src" / "tiketti_migrate"
PLUGINS = ROOT / "plugins"
FILES = sorted([*CORE.rglob("*.py"), *PLUGINS.rglob("*.py")])

# design.md section 4, lowest first: a module imports its own layer or a lower one.
LAYERS = (
    ("errors", "cells", "sizes", "file_names", "moments"),
    ("records", "scratch", "blobs", "contents"),
    ("mapping",),
    ("api", "hookspecs", "progress"),
    ("http", "store"),
    (
        "registry",
        "extract",
        "attachments",
        "lasting",
        "publish",
        "mapped",
        "drafting",
        "load",
        "exports",
        "corrections",
        "survey",
        "plan",
        "prices",
        "canary",
        "verify",
        "report",
        "options",
    ),
    ("cli",),
)


def layer_of(module: str) -> int:
    return next(number for number, names in enumerate(LAYERS) if module in names)


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", sorted(CORE.rglob("*.py")), ids=lambda p: str(p.relative_to(CORE)))
def test_imports_go_down_only(path: Path) -> None:
    part = path.relative_to(CORE).parts[0].removesuffix(".py")
    if part in ("__init__", "__main__"):
        return
    allowed = layer_of("http") if part == "testing" else layer_of(part)
    for name in imports_of(path):
        top, _, rest = name.partition(".")
        module = rest.partition(".")[0]
        if top != "tiketti_migrate" or (
            not (CORE / module).exists() and not (CORE / f"{module}.py").exists()
        ):
            continue
        assert not module or module == part or layer_of(module) <= allowed, f"{path.name} imports {name}"


@pytest.mark.parametrize(
    ("library", "home"),
    [("httpx", "http"), ("httpcore", "http"), ("tenacity", "http"), ("sqlite3", "store"), ("tqdm", "cli")],
)
def test_a_library_has_one_home(library: str, home: str) -> None:
    for path in FILES:
        if any(name.split(".")[0] == library for name in imports_of(path)):
            assert path.is_relative_to(CORE / home), f"{path} imports {library}"


def test_plugins_never_import_each_other() -> None:
    for path in sorted(PLUGINS.rglob("*.py")):
        own = path.relative_to(PLUGINS).parts[0]
        others = {name.split(".")[0] for name in imports_of(path) if name.startswith("tiketti_migrate_")}
        assert others <= {own}, path


def test_sizes() -> None:
    lengths = []
    for path in FILES:
        text = path.read_text()
        assert text.count("\n") <= 400, f"{path} is longer than 400 lines"
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                lengths.append(length)
                assert length <= 40, f"{path}: {node.name} has {length} lines"
    assert sum(length <= 30 for length in lengths) / len(lengths) >= 0.95


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_module_says_what_it_is_for_and_exports_what_exists(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree), "a module begins with what it is for"
    base = CORE.parent if path.is_relative_to(CORE) else PLUGINS
    name = ".".join(path.relative_to(base).with_suffix("").parts).removesuffix(".__init__")
    if name.endswith("__main__"):
        return
    module = importlib.import_module(name)
    assert all(hasattr(module, exported) for exported in getattr(module, "__all__", ()))


def test_installed_entry_points_are_those_of_pyproject() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = project["entry-points"]["tiketti_migrate"]
    points = entry_points(group="tiketti_migrate")
    installed = {p.name: p.value for p in points if p.dist and p.dist.name == "tiketti-migrate"}
    assert installed == declared, "reinstall: pip install -e ."


def run(*arguments: str) -> str:
    command = [sys.executable, "-W", "error", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


COMMANDS = (
    "demo", "import", "import csv", "import zendesk", "run", "init", "init csv", "init zendesk", "resume",
    "retry", "status", "inspect", "inspect csv", "inspect zendesk", "verify", "report", "publish-attachments",
    "plugins", "sandbox", "completion",
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    shown = run("-m", "tiketti_migrate", *command.split(), "--help")
    assert "Example: " in shown


def test_the_top_help_names_every_command_and_loads_neither_plugins_nor_http() -> None:
    code = (
        "import sys; sys.argv = ['x', '--help']\n"
        "from tiketti_migrate.cli.root import root\n"
        "root.main(['--help'], standalone_mode=False)\n"
        "print(sorted(m for m in sys.modules if m.split('.')[0] in"
        " ('httpx', 'pydantic', 'pluggy', 'sqlite3', 'tiketti_migrate_tiketti')))"
    )
    shown = run("-c", code)
    assert shown.strip().endswith("[]")
    assert all(command.split()[0] in shown for command in COMMANDS)


def test_plugins_lists_who_offers_what() -> None:
    shown = run("-m", "tiketti_migrate", "plugins", "--json")
    assert '"sources": ["csv"]' in shown
    assert '"sources": ["zendesk"]' in shown
    assert '"sinks": ["tiketti"]' in shown


def test_loading_the_sources_does_not_load_what_reads_tables() -> None:
    code = (
        "import sys\n"
        "from tiketti_migrate.registry import Registry\n"
        "assert 'csv' in Registry().sources\n"
        "print([m for m in ('chardet', 'rapidfuzz', 'tiketti_migrate_csv.headers') if m in sys.modules])"
    )
    assert run("-c", code).strip() == "[]"


@pytest.mark.parametrize("command", ["--help", "plugins", "import zendesk --help", "status --help"])
def test_it_starts_without_the_libraries_of_the_sandbox_and_the_tests(command: str) -> None:
    absent = ("flask", "cheroot", "jwt", "pytest", "hypothesis", "vcr", "yaml", "mypy", "ruff")
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({absent!r}))\n"
        "from tiketti_migrate.cli.root import run\n"
        f"run({command.split()!r})"
    )
    assert run("-c", code)


def test_every_hook_is_documented_and_used_by_a_bundled_plugin() -> None:
    hooks = {name for name in hookspecs.__all__ if not name.startswith("hook")}
    used = set()
    for point in entry_points(group="tiketti_migrate"):
        used |= hooks & set(vars(point.load()))
    assert used == hooks
    assert all(getattr(hookspecs, name).__doc__ for name in hooks)
