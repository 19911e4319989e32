"""A project in a folder of its repository: what a commit changes is named from the top, and so is what a benchmark executes."""

import shutil
import subprocess
from pathlib import Path

import pytest

from projects import make_project

SUITE = "import mod\nimport shared\n\n\ndef test_own(benchmark):\n    benchmark(mod.own)\n\n\ndef test_shared(benchmark):\n    benchmark(shared.both)\n"
LOOP = "def {name}():\n    total = 0\n    for n in range({steps}):\n        total += n % 7\n    return total\n"


@pytest.mark.long
@pytest.mark.parametrize(("changed", "slow"), [("parts/sub/mod.py", "own"), ("parts/lib/shared.py", "shared")])
def test_the_second_run_finds_what_a_commit_made_slower(tmp_path: Path, changed: str, slow: str) -> None:
    top = tmp_path / "top"
    project = make_project(top / "parts" / "sub", suite=SUITE)
    shutil.rmtree(project.root / ".git", ignore_errors=True)

    def git(*words: str) -> None:
        who = ("-c", "user.name=a", "-c", "user.email=a@b")
        subprocess.run(("git", *who, *words), cwd=top, check=True, capture_output=True)

    files = {
        ".gitignore": ".benchmark/\n__pycache__/\n",
        "parts/sub/pyproject.toml": '[tool.pytest.ini_options]\npythonpath = [".", "../lib"]\n',
        "parts/sub/mod.py": LOOP.format(name="own", steps=20_000),
        "parts/lib/shared.py": LOOP.format(name="both", steps=20_000),
    }
    for path, text in files.items():
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_text(text)
    git("init", "-q", "-b", "main")
    git("add", "-A")
    git("commit", "-q", "-m", "start")
    environment = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    assert project.run("run", "--json", "--no-confirm", timeout=120, **environment).code == 0
    (top / changed).write_text(files[changed].replace("20000", "26000"))
    git("commit", "-q", "-a", "-m", "slower")
    done = project.run("run", "--json", timeout=300, **environment)
    rows = {row["benchmark"]: row for row in done.json["benchmarks"]}
    assert rows[slow]["mark"] == "regressed", done.json["warnings"]
    (finding,) = done.json["regressions"]
    assert finding["suspects"][0]["proved"], finding["suspects"]
    other = "own" if slow == "shared" else "shared"
    assert rows[other]["mark"] in ("pass", "untouched", "environment", "undecided")
