"""Small real projects in a folder: a Makefile, a pytest-benchmark suite, git; and the product run in them as a user does.

A benchmark of these takes about ten milliseconds. The suites are text: each test writes the one it needs.
"""

import compileall
import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bench_agent.measure.live_state import read_state
from bench_agent.measure.outcome import explain_nothing
from bench_agent.measure.probe_results import ProbeResult, parse_probe
from bench_agent.measure.suite import SuiteResult, run_suite
from bench_agent.results.report import ErrorInfo
from preloaded import Product
from preloaded import start as start_product

SRC = str(Path(__file__).resolve().parent.parent / "src")
FAST = "--benchmark-max-time=0.005 --benchmark-min-rounds=5 --benchmark-warmup=off -p no:cacheprovider"
SUITE = """
def test_adds(benchmark):
    assert benchmark(sum, range(50)) == 1225

def test_sorts(benchmark):
    assert benchmark(sorted, [3, 1, 2]) == [1, 2, 3]
"""
SLOW = """
import time

def test_quick(benchmark):
    benchmark(sum, range(50))

def test_slow(benchmark):
    print("now it is slow", flush=True)
    benchmark.pedantic(time.sleep, args=(60,), rounds=1)
"""
_GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
}
_LEFT_OUT = (
    "CLAUDECODE",
    "NO_COLOR",
    "PYTEST_PLUGINS",
    "PYTEST_CURRENT_TEST",
    "MAKEFLAGS",
    "MAKELEVEL",
)


@dataclass(frozen=True, kw_only=True)
class Done:
    """One finished call of the product."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """stdout, which must be one JSON object and nothing else."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found

    @property
    def text(self) -> str:
        return self.out + self.err


@dataclass(frozen=True, kw_only=True)
class Project:
    """A folder with a project in it."""

    root: Path

    def write(self, path: str, text: str | bytes) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return file

    def makefile(self, recipe: str) -> None:
        """A Makefile whose target `benchmark` is this one recipe line; {pytest} stands for this interpreter's pytest."""
        self.write("Makefile", f"benchmark:\n\t{recipe.replace('{pytest}', pytest_command())}\n")

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.root, env={**os.environ, **_GIT}, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def commit(self, subject: str = "Start") -> str:
        """Everything committed; the sha."""
        if not (self.root / ".git").exists():
            self.git("init", "-q", "-b", "main")
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", subject)
        return self.git("rev-parse", "HEAD")

    def start(self, *arguments: str, cwd: Path | None = None, **variables: str | None) -> "subprocess.Popen[str]":
        """`bench-agent ARGUMENTS` under way, in a session of its own. A variable that is None is taken out."""
        return subprocess.Popen(
            [sys.executable, "-m", "bench_agent", *arguments],
            cwd=cwd or self.root,
            env=environment(**variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="surrogateescape",
            start_new_session=True,
        )

    def run(self, *arguments: str, cwd: Path | None = None, timeout: float = 240, **variables: str | None) -> Done:
        """`bench-agent ARGUMENTS`, as somebody types it here. No traceback may be in what it says, whatever happens."""
        given = environment(**variables)
        if preloaded().is_possible(given):
            code, out, err = preloaded().call(arguments, folder=cwd or self.root, environment=given, timeout_s=timeout)
            done = Done(code=code, out=_text(out), err=_text(err))
        else:
            done = self._run_from_nothing(*arguments, cwd=cwd, timeout=timeout, **variables)
        assert "Traceback" not in done.text, done.text
        return done

    def _run_from_nothing(self, *arguments: str, cwd: Path | None, timeout: float, **variables: str | None) -> Done:
        process = self.start(*arguments, cwd=cwd, **variables)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        return Done(code=process.returncode, out=out, err=err)

    def history(self) -> list[Path]:
        return sorted((self.root / ".benchmark" / "history").glob("*.json"))

    def leftovers(self) -> list[str]:
        """Half-written files of ours under `.benchmark/`."""
        folder = self.root / ".benchmark"
        hidden = [path for path in folder.rglob(".*") if path.name != ".gitignore"]
        return [str(path.relative_to(folder)) for path in hidden]


def make_project(
    folder: Path, *, suite: str | None = SUITE, recipe: str | None = "{pytest} tests/benchmark"
) -> Project:
    """A project in `folder`, which is made. suite None: no test file; recipe None: no Makefile."""
    folder.mkdir(parents=True, exist_ok=True)
    project = Project(root=folder)
    project.write("pyproject.toml", "[tool.pytest.ini_options]\n")  # keeps pytest's rootdir here
    if suite is not None:
        project.write("tests/benchmark/test_it.py", suite)
    if recipe is not None:
        project.makefile(recipe)
    return project


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One suite run by the runner itself, without the rest of the product."""

    probed: ProbeResult
    result: SuiteResult
    error: ErrorInfo | None  # why nothing was measured, when nothing was

    @property
    def names(self) -> set[str]:
        return {sample.id.rpartition("::")[2] for sample in self.probed.samples}


def measure(
    project: Project,
    recipe: str = "{pytest} tests/benchmark",
    *,
    timeout_s: float = 120.0,
    all_plugins: bool = False,
    **asked: Any,
) -> Measured:
    """What the runner makes of a recipe line: a few tenths of a second faster than the whole product.

    all_plugins: also those of pytest's that conftest.py leaves out of what the tests start.
    """
    folder = project.root / ".benchmark" / "runs" / str(time.monotonic_ns())
    folder.mkdir(parents=True)
    command = recipe.replace("{pytest}", pytest_command())
    result = run_suite(
        command,
        root=project.root,
        folder=folder,
        timeout_s=timeout_s,
        environment=environment(
            PYTHONPATH=None, BENCH_AGENT_TYPED=None, **{"PYTEST_ADDOPTS": None} if all_plugins else {}
        ),
        **asked,
    )
    probed = parse_probe(result.files, result.handed_over)
    return Measured(
        probed=probed, result=result, error=None if probed.samples else explain_nothing(command, probed, result)
    )


def pytest_command(options: str = FAST) -> str:
    return f"'{sys.executable}' -m pytest -q {options}".rstrip()


def bare_python(folder: Path) -> str:
    """This interpreter with its packages, but for the product: the environment of a suite beside which it is not installed."""
    (folder / "bin").mkdir(parents=True)
    executable = Path(sys.executable).resolve()
    (folder / "bin" / "python").symlink_to(executable)
    (folder / "pyvenv.cfg").write_text(f"home = {executable.parent}\n")
    packages = folder / f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    packages.mkdir(parents=True)
    (packages / "all.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    return str(folder / "bin" / "python")


def _text(output: bytes) -> str:
    """As `subprocess` reads text."""
    return output.decode(errors="surrogateescape").replace("\r\n", "\n").replace("\r", "\n")


@cache
def preloaded() -> Product:
    """The product, imported once for all the calls of this process."""
    return start_product(environment())


@cache
def compiled_source() -> str:
    """The product's source, compiled: half of what importing it costs, and its processes here may not write bytecode."""
    compileall.compile_dir(SRC, quiet=1)
    return SRC


def environment(**variables: str | None) -> dict[str, str]:
    """Ours without what would change the product's behaviour, and with `variables`. One that is None is taken out."""
    kept = {k: v for k, v in os.environ.items() if k not in _LEFT_OUT and not k.startswith("BENCH_AGENT_")}
    changed = {
        **kept,
        **_GIT,
        "PYTHONPATH": compiled_source(),
        "PYTHONDONTWRITEBYTECODE": "1",
        "BENCH_AGENT_TYPED": "bench-agent",  # texts name the command as where it is installed
        **variables,
    }
    return {name: value for name, value in changed.items() if value is not None}


def wait_for(condition: Any, *, seconds: float = 60.0) -> Any:
    """The first true value of `condition()`; fails when there is none for `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds:g} s in vain")


def pytest_at_the_slow_one(project: Project) -> int:
    """The id of the pytest process of the project's run, once it measures a benchmark with `slow` in its name."""

    def found() -> int | None:
        for folder in (project.root / ".benchmark" / "runs").glob("*"):
            if state := read_state(folder):
                for path in Path(tempfile.gettempdir()).glob(f"bench-agent-{state.pid}-*/run/probe/*.jsonl"):
                    if b"test_slow" in path.read_bytes().split(b'"collected"')[-1]:
                        return int(path.name.partition("-")[0])
        return None

    return int(wait_for(found))


def is_running(pid: int) -> bool:
    """Whether that process exists and is not a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return not Path("/proc/self").exists()
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def end(process: "subprocess.Popen[str]") -> None:
    """Kill what a failed test may have left."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@cache
def interpreters() -> list[str]:
    """This Python, and of the others from 3.8 on in a version manager, or else by name, the outermost two."""
    managed = [str(path) for path in (Path.home() / ".pyenv" / "versions").glob("3.*/bin/python")]
    named = [path for minor in range(8, 15) if (path := shutil.which(f"python3.{minor}"))]
    found = {}
    for path in [sys.executable, *(managed or named)]:
        code = "import sys; print(*sys.version_info[:2])"
        shown = subprocess.run([path, "-S", "-c", code], capture_output=True, text=True)
        version = tuple(map(int, shown.stdout.split()))
        if version >= (3, 8):
            found.setdefault(version, path)
    return [found[version] for version in sorted({min(found), sys.version_info[:2], max(found)})]
