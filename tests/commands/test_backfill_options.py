"""`backfill` with `--own-benchmarks`, `--python` and the setting `setup`: each once, from the command to its result."""

import json
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from bench_agent.cli import main

SUITE = "benchmark/test_work.py"
BASE = {
    "pyproject.toml": '[project]\nname = "work"\nversion = "1"\n',
    ".gitignore": "__pycache__/\n.benchmark/\n.benchmarks/\nbuilt.py\nruns.log\n",
    "size.py": "SIZE = 20000\n",
    SUITE: "from size import SIZE\n\n\ndef test_work(benchmark):\n    benchmark(lambda: sum(n & 3 for n in range(SIZE)))\n",
}
COMMITS = 6
Told = Callable[..., dict[str, float]]


def plant(root: Path, base: Mapping[str, str], at: int, files: Mapping[str, str]) -> list[str]:
    """The shas of seven commits, all harmless but one."""
    root.mkdir()

    def git(*arguments: str) -> str:
        name = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
        return subprocess.run(["git", *name, *arguments], cwd=root, check=True, capture_output=True, text=True).stdout

    git("init", "-q", "-b", "main")
    shas = []
    for number in range(COMMITS + 1):
        for path, text in {**({} if number else base), **(files if number == at else {})}.items():
            (root / path).parent.mkdir(exist_ok=True)
            (root / path).write_text(text)
        (root / "NOTES.md").write_text(f"{number}\n")
        git("add", "-A")
        git("commit", "-qm", f"Step {number}")
        shas.append(git("rev-parse", "HEAD").strip())
    return shas


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Told:
    """Ratios by the sha of each commit that a search names."""

    def search(first: str, *options: str) -> dict[str, float]:
        monkeypatch.chdir(tmp_path / "repo")
        monkeypatch.delenv("CLAUDECODE", raising=False)
        command = f"{sys.executable} -m pytest benchmark"
        assert (
            main(
                [
                    "backfill",
                    f"{first}..main",
                    "--command",
                    command,
                    "--budget",
                    "120",
                    "--resolution",
                    "20%",
                    "--json",
                    *options,
                ]
            )
            == 0
        )
        found = json.loads(capsys.readouterr().out)
        assert found["skipped"] == []
        return {row["sha"]: row["benchmarks"][0]["ratio"] for row in found["changes"]}

    return search


@pytest.mark.long
def test_with_its_own_benchmarks_a_change_of_the_benchmark_counts(tmp_path: Path, told: Told) -> None:
    shas = plant(tmp_path / "repo", BASE, 4, {SUITE: BASE[SUITE].replace("range(SIZE)", "range(2 * SIZE)")})
    assert told(shas[0]) == {}
    assert told(shas[0], "--own-benchmarks") == {shas[4]: pytest.approx(2.0, rel=0.15)}


@pytest.mark.long
def test_another_interpreter_measures_it(tmp_path: Path, told: Told) -> None:
    """It is the only one for which a version is slower, so it must be the one that ran."""
    slow = "import sys\n\nSIZE = 60000 if 'another' in sys.prefix else 20000\n"
    shas = plant(tmp_path / "repo", BASE, 3, {"size.py": slow})
    venv.create(tmp_path / "another", with_pip=False)
    inside = sysconfig.get_path("purelib", vars={"base": str(tmp_path / "another")})
    (Path(inside) / "ours.pth").write_text(sysconfig.get_path("purelib") + "\n")
    assert told(shas[0], "--python", str(tmp_path / "another" / "bin" / "python")) == {
        shas[3]: pytest.approx(3.0, rel=0.15)
    }


@pytest.mark.long
def test_the_setting_setup_builds_every_version(tmp_path: Path, told: Told) -> None:
    build = "import pathlib\npathlib.Path('built.py').write_text('SIZE = 20000\\n')\n"
    base = {
        **BASE,
        "pyproject.toml": BASE["pyproject.toml"] + '[tool.bench-agent]\nsetup = "python build.py"\n',
        "build.py": build,
        SUITE: BASE[SUITE].replace("from size", "from built"),
    }
    shas = plant(tmp_path / "repo", base, 5, {"build.py": build.replace("20000", "30000")})
    subprocess.run(
        [sys.executable, "build.py"], cwd=tmp_path / "repo", check=True
    )  # so that the suite is collected here
    assert told(shas[0]) == {shas[5]: pytest.approx(1.5, rel=0.15)}
