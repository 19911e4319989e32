"""A way of starting and building a project, and the small real project it is tried on.

Every project has two benchmarks, `test_work` and `test_other`, and four commits: a start, documentation, the commit "Tidy" that
makes the work several times slower, documentation again. What differs is how the code gets to be imported and how the suite is
started: that is what a `Way` says. `run.py` tries them.
"""

import os
import shlex
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

SUITE = """
from pkg import other, work

def test_work(benchmark):
    benchmark(work, 300)

def test_other(benchmark):
    benchmark(other, 300)
"""
CORE = "def work(n):\n    return sum(i * i for i in range(n * 1))\n\n\ndef other(n):\n    return sorted(range(n))\n"
INIT = "from pkg.core import other, work\n"
IGNORED = "__pycache__/\n*.pyc\n.benchmark/\n.benchmarks/\n.pytest_cache/\n*.egg-info/\nbuild/\n*.so\n"
FAST = "--benchmark-max-time=0.05 --benchmark-min-rounds=5 -q"
GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How one project is built and started.

    files: added to, or in place of, `plain_files`; None takes one away. slow: (file, text, text in the slow commit).
    packages: from the package index, beside pytest and pytest-benchmark. install: shell lines that the developer types after
    every checkout, in the activated environment. untracked: files that git does not keep, written before `install`.
    needs: programs that the machine must have. also: further files of the slow commit.
    """

    name: str
    files: dict[str, str | None] = field(default_factory=dict)
    slow: tuple[str, str, str] = ("pkg/core.py", "range(n * 1)", "range(n * 4)")
    packages: tuple[str, ...] = ()
    install: str = ""
    untracked: dict[str, str] = field(default_factory=dict)
    recipe: str = f"python -m pytest tests/benchmark {FAST}"
    setup: str | None = None  # of [tool.bench-agent]
    pytest: str = 'pythonpath = ["."]'  # of [tool.pytest.ini_options]
    pyproject: str = ""  # in front of it
    below: str = ""  # the project's folder in the repository
    needs: tuple[str, ...] = ()
    says: str | None = None  # a word that `run` must say
    settings: str = ""  # lines of [tool.bench-agent]
    also: dict[str, str] = field(default_factory=dict)  # changed by the slow commit too
    proposes: str | None = None  # the line for `setup` that `doctor` proposes where there is none
    refused: str | None = None  # `run` measures nothing, and says this


def plain_files(way: Way) -> dict[str, str]:
    """The project's tracked files at its first commit."""
    setup = f"setup = '''{way.setup}'''\n" if way.setup else ""
    settings = f"[tool.bench-agent]\n{way.settings}\n{setup}"
    files: dict[str, str | None] = {
        ".gitignore": IGNORED,
        "README.md": "one\n",
        "Makefile": f".PHONY: benchmark\nbenchmark:\n\t{way.recipe}\n",
        "pyproject.toml": f"{way.pyproject}\n[tool.pytest.ini_options]\n{way.pytest}\n{settings}",
        "pkg/__init__.py": INIT,
        "pkg/core.py": CORE,
        "tests/benchmark/test_it.py": SUITE,
        **way.files,
    }
    return {name: text for name, text in files.items() if text is not None}


def make_history(way: Way, top: Path) -> dict[str, str]:
    """The repository with its four commits; their shas by subject."""
    root = top / way.below
    shas = {}
    files = plain_files(way)
    slow, old, new = way.slow
    assert old in files[slow], f"{way.name}: {slow} has no {old!r}"
    (top / way.below).mkdir(parents=True)
    git(top, "init", "-q", "-b", "main")
    for subject, change in (
        ("Start", files),
        ("Docs", {"README.md": "two\n"}),
        ("Tidy", {slow: files[slow].replace(old, new), **way.also}),
        ("More docs", {"README.md": "three\n"}),
    ):
        for name, text in change.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        git(top, "add", "-A")
        git(top, "commit", "-qm", subject)
        shas[subject] = git(top, "rev-parse", "HEAD")
    return shas


def prepare(way: Way, top: Path, sha: str, venv: Path) -> str:
    """What a developer does after a checkout. The error when that fails."""
    root = top / way.below
    git(top, "checkout", "-q", sha)
    for name, text in way.untracked.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    if not way.install:
        return ""
    done = subprocess.run(
        ["/bin/sh", "-ec", way.install], cwd=root, env=activated(venv), capture_output=True, text=True, check=False
    )
    return "" if done.returncode == 0 else (done.stderr or done.stdout).strip()[-200:]


def activated(venv: Path) -> dict[str, str]:
    """The environment of a shell in which the venv is active."""
    kept = {n: v for n, v in os.environ.items() if n not in ("PYTHONPATH", "PYTEST_ADDOPTS", "CLAUDECODE")}
    path = os.pathsep.join((str(venv / "bin"), os.environ["PATH"]))
    return {**kept, **GIT, "VIRTUAL_ENV": str(venv), "PATH": path, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=root, env={**os.environ, **GIT}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"git {shlex.join(arguments)}: {done.stderr}"
    return done.stdout.strip()
