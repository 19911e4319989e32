"""The layers of the package: imports go down, each outside package has one place, starting costs nothing."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from projects import environment

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "bench_agent"
# Top to bottom. A module imports from its own package and from layers below its own: never sideways, never up.
LAYERS: list[set[str]] = [
    {"__main__"},
    {"cli"},
    {"commands"},
    {"fix"},
    {"explain"},
    {"answer"},
    {"render"},
    {"pipeline", "ci", "backfill"},
    {"doctor", "report", "compare", "bisection"},
    {"scaffold"},
    {"measure"},
    {"history"},
    {"detect", "suspects", "cluster"},
    {"config"},
    {"formats", "system", "results"},
    {"stats"},
    {"records"},
    {"text"},
    {"errors", "project"},
    {""},  # the package itself: its version
]
LAYER = {room: number for number, rooms in enumerate(LAYERS) for room in rooms}
MOST_AT_THE_ROOT = 8  # modules beside the packages; more is a room that is missing
DOORS = {  # outside package -> the modules that may import it
    "git": {"system/git_command.py"},
    "rich": {"render/terminal.py"},
    "anthropic": {"explain/model.py"},
    "subprocess": {"system/process.py"},
    "jinja2": {"render/webpage.py"},
    "yaml": {"config.py"},
    "pydantic": {"explain/model.py"},
    "dask": {"cluster/dask_cluster.py"},
    "distributed": {"cluster/dask_cluster.py", "cluster/on_worker.py"},
}
HEAVY = {"anthropic", "dask", "distributed", "pydantic", "git", "jinja2", "numpy", "psutil", "rich", "scipy", "yaml"}


def _modules() -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if "probe" not in path.relative_to(PACKAGE).parts[:-1]]


def _name(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def _room(dotted: str) -> str:
    """The room of `bench_agent.render.chart` is "render"."""
    return [*dotted.split("."), ""][1]


def _by_room() -> dict[str, list[Path]]:
    """A test a room, not a module: collecting a thousand small tests costs more than running them."""
    rooms: dict[str, list[Path]] = {}
    for path in _modules():
        rooms.setdefault(_name(path).removesuffix(".py").split("/")[0].replace("__init__", ""), []).append(path)
    return rooms


ROOMS = _by_room()


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
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

    visit(_tree(path), True, False)
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_imports_go_down(room: str) -> None:
    assert room in LAYER, f"{room} is in no layer"
    for path in ROOMS[room]:
        for name, _, _ in _imports(path):
            if name.partition(".")[0] != "bench_agent":
                continue
            other = _room(name) if _room(name) in LAYER else ""
            assert other == room or LAYER[room] < LAYER[other], f"{_name(path)} imports {other}, which is not below"


def test_few_modules_stand_at_the_root() -> None:
    assert len(list(PACKAGE.glob("*.py"))) <= MOST_AT_THE_ROOT


def test_every_layer_is_there() -> None:
    there = {path.name.removesuffix(".py") for path in PACKAGE.iterdir() if path.name != "__pycache__"}
    assert set(LAYER) - {""} <= there


def test_tests_mirror_the_packages() -> None:
    """The tests of a package stand in the folder of its name: no test folder tests a package that is not there."""
    apart = {"benchmark", "calibration", "matrix", "data", "e2e", "golden", "regression", "sample", "torture"}
    tests = Path(__file__).parent
    folders = {path.name for path in tests.iterdir() if path.is_dir() and not path.name.startswith((".", "__"))}
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert folders - apart <= packages


@pytest.mark.parametrize("room", ROOMS)
def test_each_outside_thing_has_one_door(room: str) -> None:
    for module, name, typing in [(_name(p), name, typing) for p in ROOMS[room] for name, _, typing in _imports(p)]:
        outside = name.partition(".")[0]
        assert typing or module in DOORS.get(outside, {module}), f"{module} imports {outside}"
        assert outside != "numpy" or room == "stats", f"{module} imports numpy"
        assert outside != "scipy", f"{module}: scipy is for the tests"


@pytest.mark.parametrize("room", ROOMS)
def test_heavy_packages_are_imported_where_they_are_used(room: str) -> None:
    assert not [
        (_name(path), name)
        for path in ROOMS[room]
        for name, level, typing in _imports(path)
        if level and not typing and name.partition(".")[0] in HEAVY
    ]


def test_the_probe_needs_nothing_but_the_standard_library_and_pytest() -> None:
    for path in (PACKAGE / "measure" / "probe").glob("*.py"):
        for name, level, _ in _imports(path):
            outside = name.partition(".")[0]
            assert outside in sys.stdlib_module_names or outside.startswith(("pytest", "_pytest", "bench_agent_")), name
            assert level or outside != "bench_agent"


def test_every_module_has_a_sign_on_its_door() -> None:
    assert not [_name(path) for path in _modules() if path.name != "__init__.py" and not ast.get_docstring(_tree(path))]


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


def test_no_module_imports_itself_by_way_of_others() -> None:
    """Imports at module level form no circle, inside a package either."""
    names = {
        "bench_agent." + _name(p).removesuffix(".py").removesuffix("/__init__").replace("/", ".") for p in _modules()
    }
    edges: dict[str, set[str]] = {}
    for path in _modules():
        name = "bench_agent." + _name(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        edges[name] = {other for other, level, typing in _imports(path) if level and not typing and other in names}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail[trail.index(name) :], name))
        if name not in done:
            for other in sorted(edges[name]):
                visit(other, (*trail, name))
            done.add(name)

    for name in sorted(edges):
        visit(name, ())


def test_modules_that_texts_name_are_there() -> None:
    """`room/module` or `room.module` in a docstring, a comment or the documentation of the house: a stale name sends the reader astray."""
    docs = PACKAGE.parents[1] / "docs"
    texts = [*PACKAGE.rglob("*.py"), docs / "architecture.md", *(docs / "decisions").glob("*.md")]
    rooms = "|".join(sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py")))
    named = re.compile(rf"`(?:src/bench_agent/|bench_agent\.)?((?:{rooms})[/.](?!NAME|py\b)\w+(?:/\w+)*)")
    missing = [
        (path.name, name)
        for path in texts
        for name in named.findall(path.read_text("utf-8"))
        if not any((PACKAGE / f"{name.replace('.', '/')}{ending}").exists() for ending in ("", ".py"))
    ]
    assert missing == []


def test_the_documentation_shows_the_same_layers() -> None:
    block = (PACKAGE.parents[1] / "docs" / "architecture.md").read_text("utf-8").split("```")[1]
    known = {room for rooms in LAYERS for room in rooms} - {""}
    shown: list[set[str]] = []
    for line in block.splitlines()[1:]:
        names = re.split(r" {3,}", line)[0].replace("/", " ").split()
        if line[:1].strip() and set(names) <= known:
            shown.append(set(names))
    assert shown == LAYERS[:-1]
