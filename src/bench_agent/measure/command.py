"""Where a project's benchmarks are, when nobody said: the command that runs them, from its files. Nothing is run.

Takes the project's folder, returns a shell command, or None and what was found instead. Settings are read in `config`.
"""

import os
import re
import shlex
import shutil
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path

from bench_agent.config import Config
from bench_agent.errors import ConfigError
from bench_agent.measure.other_harness import OtherHarness, harness_of_text
from bench_agent.project import MAKEFILES
from bench_agent.text.clean import clean_text

SUITE_FOLDERS = ("tests/benchmark", "tests/benchmarks", "benchmarks", "bench", "tests/performance")
_MAX_FILES = 5000  # looked into
_MAX_NAMED = 20  # files named one by one in a command; beyond that their folders are
_LEFT_OUT = frozenset({"node_modules", "site-packages", "build", "dist", "__pycache__"})
_SETTINGS = ("pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")
_PATTERNS = ("test_*.py", "*_test.py")  # pytest's defaults
# A parameter of that name, as a fixture is asked for, or the mark.
_BENCHMARK = re.compile(
    r"\bdef \w+\([^)]*\b(?:codspeed_)?benchmark(?:_weave)?\b[^)]*\)|\bmark\.(?:codspeed_)?benchmark\b"
)

# In a file that pytest collects only when it is named, a function that pytest would not collect is no benchmark: a script
# that draws charts has a parameter of that name too.
_BENCHMARK_TEST = re.compile(
    r"\bdef (?:test|bench)\w*\([^)]*\b(?:codspeed_)?benchmark(?:_weave)?\b(?!\s*:\s*(?:str|int|float|dict|list|Path)\b)[^)]*\)"
    r"|\bmark\.(?:codspeed_)?benchmark\b"
)


def locate_command(root: Path, environment: Mapping[str, str]) -> str | None:
    """The pytest command for the project's benchmarks, or None when no file has any.

    The first of SUITE_FOLDERS that holds some, else the files that do. Files pytest would not collect by their name are
    named. One file that can't be imported does not keep the others from being measured. Reads at most 5,000 files.
    """
    targets = _in_suite_folder(root) or _files_with_benchmarks(root)
    if not targets:
        return None
    words = " ".join(shlex.quote(target) for target in targets)
    return f"{interpreter(root, environment)} -m pytest --continue-on-collection-errors {words}"


def interpreter(root: Path, environment: Mapping[str, str]) -> str:
    """The words that start the interpreter which most likely has the project's dependencies."""
    active = environment.get("VIRTUAL_ENV") or environment.get("CONDA_PREFIX")
    if active and _has_pytest(Path(active)):
        return "python"
    for lock, tool in (("uv.lock", "uv"), ("poetry.lock", "poetry"), ("pdm.lock", "pdm"), ("Pipfile.lock", "pipenv")):
        if (root / lock).is_file() and shutil.which(tool, path=environment.get("PATH")):
            return f"{tool} run python"
    for folder in (".venv", "venv"):
        python = root / folder / "bin" / "python"
        if python.is_file():
            return str(python.relative_to(root))
    return "python" if active else "python3"


def _has_pytest(prefix: Path) -> bool:
    return any(prefix.glob("lib/python3*/site-packages/pytest/__init__.py")) or not (prefix / "lib").is_dir()


# --- files


def _in_suite_folder(root: Path) -> list[str]:
    patterns = _collected_names(root)
    for folder in SUITE_FOLDERS:
        files = list(_python_files(root / folder))
        holding = [path for path in files if _holds_benchmarks(path, patterns)]
        named = [path for path in files if _is_collected(path, patterns)]
        if holding and not all(_is_collected(path, patterns) for path in holding):
            return _shortened(root, holding)
        if named:  # also where the fixture goes by another name
            return [folder]
    return []


def _files_with_benchmarks(root: Path) -> list[str]:
    """Outside the usual folders: the files whose names speak of benchmarks, else every test file that has some."""
    patterns = _collected_names(root)
    holding = []
    for count, path in enumerate(_python_files(root)):
        if count == _MAX_FILES:
            break
        telling = _tells(path.relative_to(root))
        if (telling or _is_collected(path, patterns)) and _holds_benchmarks(path, patterns):
            holding.append((telling, path))
    return _shortened(root, [path for telling, path in holding if telling] or [path for _, path in holding])


def _holds_benchmarks(path: Path, patterns: Sequence[str]) -> bool:
    shows = _BENCHMARK if _is_collected(path, patterns) else _BENCHMARK_TEST
    return path.name != "conftest.py" and shows.search(_read(path)) is not None


def _tells(path: Path) -> bool:
    return any(word in str(path).lower() for word in ("bench", "perf"))


def _shortened(root: Path, paths: Sequence[Path]) -> list[str]:
    names = sorted(str(path.relative_to(root)) for path in paths)
    if len(names) <= _MAX_NAMED:
        return names
    return sorted({str(Path(name).parent) for name in names})


def _python_files(folder: Path) -> Iterator[Path]:
    for where, folders, files in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if name not in _LEFT_OUT and not name.startswith(".") and not Path(where, name, "pyvenv.cfg").exists()
        )
        yield from (Path(where, name) for name in sorted(files) if name.endswith(".py"))


def _is_collected(path: Path, patterns: Sequence[str]) -> bool:
    return any(fnmatch(path.name, pattern) for pattern in patterns)


def _collected_names(root: Path) -> tuple[str, ...]:
    """pytest's `python_files`, as the project sets it."""
    for name in _SETTINGS:
        found = re.search(r"^python_files\s*=\s*(\[[^\]]*\]|.*(?:\n[ \t]+\S.*)*)", _read(root / name), re.MULTILINE)
        if found:
            return tuple(re.findall(r"[\w*?./-]+", found[1])) or _PATTERNS
    return _PATTERNS


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(1_000_000)
    except OSError:
        return ""


def find_other_harness(root: Path) -> OtherHarness | None:
    """Benchmarks of another harness, recognised by what it needs in its files."""
    if (root / "asv.conf.json").is_file():
        return OtherHarness(name="asv", path="asv.conf.json")
    for folder in SUITE_FOLDERS:
        for path in _python_files(root / folder):
            if found := harness_of_text(_read(path)):
                return OtherHarness(name=found, path=str(path.relative_to(root)))
    return None


def find_command(config: Config) -> str:
    """The shell command that runs the benchmarks: the configured one, else `make benchmark`, else pytest on what is found.

    Raises ConfigError when there is nothing to run, and says what was looked for.
    """
    if config.command:
        return config.command
    makefile = next((config.root / name for name in MAKEFILES if (config.root / name).is_file()), None)
    if makefile and has_target(makefile, "benchmark"):
        return "make benchmark"
    if command := locate_command(config.root, os.environ):
        return command
    looked = f"{makefile.name} has no `benchmark` target" if makefile else "there is no Makefile"
    if other := find_other_harness(config.root):
        raise ConfigError(
            f"nothing to run in {config.root}: {looked}, no test uses the `benchmark` fixture or mark, "
            f"and {clean_text(other.path)} is for {other.name}, not for pytest",
            hint=f"let {other.name} write its results as JSON and read them: bench-agent history import FILE",
        )
    raise ConfigError(
        f"nothing to run in {config.root}: {looked}, and no test file uses the `benchmark` fixture or mark",
        hint="write one, def test_x(benchmark): benchmark(work), in tests/benchmark/test_x.py; or name what runs them: "
        "`command` in [tool.bench-agent] of pyproject.toml, or bench-agent run --command 'pytest path/to/benchmarks'",
    )


def has_target(makefile: Path, target: str) -> bool:
    """Whether the Makefile has a rule for that target. Raises ConfigError when it can't be read."""
    # "benchmark: deps", "bench benchmark:", but not "benchmark := x", "benchmark = x" or an indented recipe line.
    pattern = re.compile(rf"^(?:[^\s:#=][^:#=]*\s)?{re.escape(target)}(?:\s[^:#=]*)?:(?!:?=)", re.MULTILINE)
    try:
        text = makefile.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise ConfigError(f"{makefile} cannot be read: {error.strerror}", hint="check who owns it") from error
    return bool(pattern.search(text))


def python_command(root: Path) -> str:
    """The interpreter that most likely has the project's dependencies."""
    return interpreter(root, os.environ)
