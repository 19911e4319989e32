"""The house as it was drawn: imports go down, each outside thing has one door, starting costs nothing."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from projects import environment

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "bench_agent"
# Room -> floor. A module is on its room's floor; rooms of one floor don't know each other.
FLOORS = {
    **dict.fromkeys(("errors", "units", "alive", "project"), 0),
    **dict.fromkeys(("records", "own_times", "quantity", "markup"), 1),
    **dict.fromkeys(("findings", "comparison", "checkup", "status"), 2),
    "culprits": 3,
    **dict.fromkeys(("findings_json", "repo_log", "trials", "stats"), 3),
    **dict.fromkeys(("proc", "repo", "repo_commit", "console", "locate"), 4),
    **dict.fromkeys(
        ("config", "measure", "parse", "history", "detect", "culprit", "advise", "render", "narrate", "claude"), 5
    ),
    **dict.fromkeys(("remeasure", "outcome", "adopt", "diagnosis"), 6),
    **dict.fromkeys(("compose", "selftest", "ledger"), 7),
    **dict.fromkeys(("hunt", "recall"), 8),
    **dict.fromkeys(("intake", "examine", "quick", "case"), 9),
    **dict.fromkeys(("upkeep", "judging", "blame"), 10),
    **dict.fromkeys(("pipeline", "background"), 11),
    "frontend": 11,
    **dict.fromkeys(("commands", "chores", "bisecting"), 12),
    "cli": 13,
    "__main__": 14,
    "": 0,  # the package itself: its version
}
SAME_FLOOR = {("repo", "repo_commit"), ("repo_commit", "repo")}  # one door in two files
DOORS = {  # outside package -> the modules that may import it
    "git": {"repo.py", "repo_commit.py"},
    "rich": {"render/terminal.py"},
    "anthropic": {"narrate.py"},
    "subprocess": {"proc.py"},
    "jinja2": {"render/webpage.py"},
    "yaml": {"config.py"},
}
HEAVY = {"anthropic", "git", "jinja2", "numpy", "psutil", "rich", "scipy", "yaml"}


def _modules() -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if "probe" not in path.relative_to(PACKAGE).parts[:-1]]


def _name(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def _room(dotted: str) -> str:
    """The room of `bench_agent.render.chart` is "render"."""
    return [*dotted.split("."), ""][1]


def _imports(path: Path) -> list[tuple[str, bool, bool]]:
    """(dotted name, at module level, only for type checking) of every import of a module."""
    found = []

    def visit(node: ast.AST, level: bool, typing: bool) -> None:
        for child in ast.iter_child_nodes(node):
            inside = level and not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            checked = typing or (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test))
            if isinstance(child, ast.Import):
                found.extend((alias.name, level, typing) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                base = child.module or ""
                whole = [f"{base}.{alias.name}" if base == "bench_agent" else base for alias in child.names]
                found.extend((name, level, typing) for name in whole)
            visit(child, inside, checked)

    visit(ast.parse(path.read_text("utf-8")), True, False)
    return found


@pytest.mark.parametrize("path", _modules(), ids=_name)
def test_imports_go_down(path: Path) -> None:
    room = _name(path).removesuffix(".py").split("/")[0].replace("__init__", "")
    assert room in FLOORS, f"{room} has no floor yet"
    for name, _, _ in _imports(path):
        if name.partition(".")[0] != "bench_agent":
            continue
        other = _room(name) if _room(name) in FLOORS else ""
        if other != room and (room, other) not in SAME_FLOOR:
            assert FLOORS[other] < FLOORS[room], (
                f"{room} (floor {FLOORS[room]}) imports {other} (floor {FLOORS[other]})"
            )


@pytest.mark.parametrize("path", _modules(), ids=_name)
def test_each_outside_thing_has_one_door(path: Path) -> None:
    for name, _, typing in _imports(path):
        outside = name.partition(".")[0]
        assert typing or _name(path) in DOORS.get(outside, {_name(path)}), f"{outside} is imported"
        assert outside != "numpy" or _name(path).startswith("stats/"), "numpy is imported"
        assert outside != "scipy", "scipy is for the tests"


@pytest.mark.parametrize("path", _modules(), ids=_name)
def test_heavy_packages_are_imported_where_they_are_used(path: Path) -> None:
    assert not [
        name for name, level, typing in _imports(path) if level and not typing and name.partition(".")[0] in HEAVY
    ]


def test_the_probe_needs_nothing_but_the_standard_library_and_pytest() -> None:
    for path in (PACKAGE / "measure" / "probe").glob("*.py"):
        for name, level, _ in _imports(path):
            outside = name.partition(".")[0]
            assert outside in sys.stdlib_module_names or outside.startswith(("pytest", "_pytest", "bench_agent_")), name
            assert level or outside != "bench_agent"


@pytest.mark.parametrize("path", [p for p in _modules() if p.name not in ("__init__.py",)], ids=_name)
def test_every_module_has_a_sign_on_its_door(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))


@pytest.mark.parametrize(
    "what",
    [
        "import bench_agent.cli",
        "main(['--help'])",
        "main(['status'])",
        "main(['status', '--json'])",
        "main(['run', '--nope'])",
    ],
)
def test_starting_imports_nothing_heavy(tmp_path: Path, what: str) -> None:
    code = f"import sys\nfrom bench_agent.cli import main\ntry:\n    {what}\nexcept SystemExit:\n    pass\n"
    code += "print('|'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split("|")}
    assert not loaded & (HEAVY | {"subprocess", "tomllib", "dataclasses", "inspect"})
