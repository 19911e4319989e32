"""The workflows, ours and those that `init` writes, before the linters of the trade: zizmor, and actionlint where it is."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bench_agent.scaffold.slash_command import Runner
from bench_agent.scaffold.workflow import GITHUB_FILES, ci_text

ROOT = Path(__file__).parents[2]
OURS = [ROOT / "action.yml", *sorted((ROOT / ".github/workflows").glob("*.yaml"))]
ZIZMOR = shutil.which("zizmor", path=str(Path(sys.executable).parent)) or shutil.which("zizmor")
ACTIONLINT = shutil.which("actionlint")


def written(folder: Path, runner: Runner) -> list[Path]:
    """The files of `init --workflow`, in a project of their own."""
    paths = []
    for file in GITHUB_FILES:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(ci_text(file, runner, "git+https://example.org/o/bench-agent@abc"), encoding="utf-8")
        paths.append(path)
    return paths


def zizmor(*files: Path) -> subprocess.CompletedProcess[str]:
    assert ZIZMOR is not None
    command = [ZIZMOR, "--offline", "--no-progress", *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.mark.skipif(ZIZMOR is None, reason="zizmor is not installed")
class TestZizmor:
    def test_it_finds_nothing_in_ours(self) -> None:
        done = zizmor(*OURS)
        assert done.returncode == 0, done.stdout

    @pytest.mark.parametrize("runner", ["path", "uv"])
    def test_it_finds_nothing_in_what_init_writes(self, tmp_path: Path, runner: Runner) -> None:
        done = zizmor(*written(tmp_path, runner))
        assert done.returncode == 0, done.stdout

    def test_it_would_find_a_pull_requests_title_in_a_shell(self, tmp_path: Path) -> None:
        path = next(path for path in written(tmp_path, "path") if path.name == "performance.yaml")
        text = path.read_text("utf-8").replace("bench-agent ci", "echo ${{ github.event.pull_request.title }}")
        path.write_text(text, encoding="utf-8")
        done = zizmor(path)
        assert done.returncode != 0
        assert "template-injection" in done.stdout


@pytest.mark.skipif(ACTIONLINT is None, reason="actionlint is not installed")
@pytest.mark.parametrize("runner", ["path", "uv"])
def test_actionlint_finds_nothing(tmp_path: Path, runner: Runner) -> None:
    assert ACTIONLINT is not None
    files = [*OURS[1:], *written(tmp_path, runner)]
    done = subprocess.run([ACTIONLINT, *map(str, files)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
