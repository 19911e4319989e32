"""`compare --with`: a package of another version under the same project, in an environment of ours."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from projects import Project, make_project

pytestmark = pytest.mark.long  # each builds and measures for half a minute


def make_wheel(folder: Path, version: str, times: int) -> None:
    info = f"loops-{version}.dist-info"
    files = {
        "loops.py": f"def work():\n    return sum(range({1000 * times}))\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: loops\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / f"loops-{version}-py3-none-any.whl", "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)


@pytest.fixture
def upgraded(tmp_path: Path) -> Project:
    """loops 2.0, four times slower than 1.0, is what the suite's environment has."""
    wheels, venv = tmp_path / "wheels", tmp_path / "venv"
    wheels.mkdir()
    make_wheel(wheels, "1.0", 1)
    make_wheel(wheels, "2.0", 4)
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    site = next(venv.glob("lib/*/site-packages"))
    below = [path for path in sys.path if path.endswith("site-packages")]
    (site / "zz_below.pth").write_text("".join(f"import site; site.addsitedir({path!r})\n" for path in below))
    pip = [venv / "bin/python", "-m", "pip", "install", "-q", "--no-index", "--find-links", wheels, "loops==2.0"]
    subprocess.run(pip, check=True)
    project = make_project(
        tmp_path / "project",
        suite="import loops\n\ndef test_work(benchmark):\n    benchmark(loops.work)\n",
        recipe=f"{venv}/bin/python -m pytest tests/benchmark",
    )
    project.commit()
    return project


@pytest.mark.long
def test_an_upgrade_that_cost_something_is_told(upgraded: Project, tmp_path: Path) -> None:
    found = upgraded.run(
        *("compare", "--with", "loops==1.0", "--budget", "20", "--json"),
        timeout=180,
        PIP_NO_INDEX="1",
        PIP_FIND_LINKS=str(tmp_path / "wheels"),
    ).json
    assert found["base"] == "with loops==1.0"
    assert 3 < found["benchmarks"][0]["ratio"] < 5.5
    assert any("loops==1.0 in place of" in warning for warning in found["warnings"])
    installed = subprocess.run(
        [tmp_path / "venv/bin/python", "-c", "import importlib.metadata as m; print(m.version('loops'))"],
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert installed.stdout == "2.0\n"


@pytest.mark.long
def test_only_a_package_is_taken(upgraded: Project) -> None:
    done = upgraded.run("compare", "--with", "--user")
    assert done.code == 2
    done = upgraded.run("compare", "--with=--target=/tmp x", "--json")
    assert done.code == 2
