"""A small real project to type /benchmark in: a git repository, a Makefile, three quick pytest-benchmark tests.

Its `basket.total` can be made quadratic by a commit, as people do it: by accident.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src"

FAST = '''"""Baskets."""

PRICES = {f"item-{n}": n % 97 for n in range(400)}


def unique(items):
    """The items without repetitions, in order."""
    return list(dict.fromkeys(items))


def total(items):
    """What the basket costs; each item counts once."""
    return sum(PRICES[item] for item in unique(items))
'''

SLOW = FAST.replace(
    "    return list(dict.fromkeys(items))\n",
    "    seen = []\n    for item in items:\n        if item not in seen:\n            seen.append(item)\n    return seen\n",
)

BENCHMARKS = """from basket import PRICES, total


def test_agent_response(benchmark):
    assert benchmark(total, list(PRICES)) > 0


def test_authorization(benchmark):
    assert benchmark(lambda: sum(n * n for n in range(2000))) > 0


def test_database_query(benchmark):
    assert benchmark(lambda: sorted(PRICES)) is not None
"""

MAKEFILE = """benchmark:
\tpython -m pytest tests/benchmark -q -p no:cacheprovider \\
\t\t--benchmark-max-time=0.2 --benchmark-min-rounds=20 --benchmark-warmup=off
"""

GITIGNORE = "__pycache__/\n.benchmarks/\n"


class Shop:
    """The project's folder, and what its people do there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.git("init", "-q", "-b", "main")
        self.write("basket.py", FAST)
        self.write("tests/benchmark/test_basket.py", BENCHMARKS)
        self.write("conftest.py", "")  # puts the project's root on sys.path
        self.write("Makefile", MAKEFILE)
        self.write(".gitignore", GITIGNORE)
        self.commit("The shop opens")

    def write(self, name: str, text: str) -> None:
        """Writes a file of the project."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def git(self, *arguments: str) -> str:
        """Runs git in the project, as somebody whose own configuration plays no part; gives what it prints."""
        environment = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        person = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")
        done = subprocess.run(
            ["git", *person, *arguments], cwd=self.folder, env=environment, check=True, capture_output=True, text=True
        )
        return done.stdout

    def commit(self, subject: str) -> str:
        """Commits everything and gives the commit's id."""
        self.git("add", "-A")
        self.git("commit", "-q", "-m", subject)
        return self.git("rev-parse", "HEAD").strip()


def search_path(folder: Path, *, with_bench_agent: bool = True) -> str:
    """A PATH with this interpreter, git, make and the shell on it, and with `bench-agent` or surely without.

    folder: where the programs that have to be made are put. The real console script is used where this interpreter's
    environment has one; else a launcher of this checkout.
    """
    folder.mkdir(exist_ok=True)
    for name, program in (("python", sys.executable), ("python3", sys.executable)):
        if not (folder / name).exists():
            # A link would lose the virtual environment: Python looks for pyvenv.cfg beside the name it was called by.
            _script(folder / name, f'exec "{program}" "$@"')
    if with_bench_agent:
        installed = Path(sys.executable).parent / "bench-agent"
        launch = f'exec "{installed}" "$@"'
        if not installed.exists():
            launch = f'PYTHONPATH="{SOURCE}" exec "{sys.executable}" -P -m bench_agent "$@"'
        _script(folder / "bench-agent", launch)
    tools = {str(Path(found).parent) for found in map(shutil.which, ("git", "make", "bash")) if found}
    return ":".join([str(folder), *sorted(tools | {"/usr/bin", "/bin"})])


def add_uv(folder: Path) -> None:
    """A stand-in `uv` that runs what follows `uv run` as it is."""
    _script(folder / "uv", '[ "$1" = run ] || exit 2\nshift\nexec "$@"')


def _script(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
