"""Builds the wheel and the sdist of HEAD into dist/, twice, compares them, and tries them as people install them.

    python scripts/make_dist.py [--no-try]

Needs the package `build`. Exits with 1 and a sentence where the two builds differ, a file is missing, an installed copy does not
run, or HEAD is tagged with another version than the code has.
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
DIST = TOP / "dist"
TRIED = "9.8.7"  # a tag in a clone, which must become the version of what is installed from there
IN_THE_WHEEL = (
    "bench_agent/py.typed",
    "bench_agent/_version.py",
    "bench_agent/measure/probe/bench_agent_probe.py",
    "bench_agent/results/change.schema.json",
    "bench_agent/scaffold/performance.yaml",
    "bench_agent/render/webpage.html.j2",
    "bench_agent/render/page.css",
    "bench_agent/render/page.js",
    "bench_agent/render/feed.xml.j2",
    "data/share/bash-completion/completions/bench-agent",
    "data/share/zsh/site-functions/_bench-agent",
    "data/share/man/man1/bench-agent.1",
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--no-try", action="store_true", help="build and compare only")
    options = parser.parse_args()
    check_tag(release_of(TOP), _out("git", "tag", "--points-at", "HEAD").split())
    epoch = _out("git", "log", "-1", "--format=%ct")
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"  # what is committed, and nothing else
        _run("git", "clone", "--quiet", "--no-hardlinks", str(TOP), str(tree))
        first, second = (_build(tree, Path(folder) / name, epoch) for name in ("one", "two"))
        compare(first, second)
        shutil.rmtree(DIST, ignore_errors=True)
        shutil.copytree(first, DIST)
        if not options.no_try:
            _run("git", "-C", str(tree), "tag", f"v{TRIED}")
            _try_tools(f"git+file://{tree}@v{TRIED}", TRIED)
    (wheel,), (sdist,) = DIST.glob("*.whl"), DIST.glob("*.tar.gz")
    version = wheel.name.split("-")[1]
    check_wheel(wheel)
    if not options.no_try:
        for file in (wheel, sdist):
            _try_pip(file, version)
        _try_tools(str(wheel), version)
    for file in (wheel, sdist):
        print(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.relative_to(TOP)}")
    return 0


def check_tag(version: str, tags: list[str]) -> None:
    """A tagged commit says in its files what its tag says: the plugin, and copies without git, have nothing else to go by."""
    wrong = [tag for tag in tags if re.fullmatch(r"v\d.*", tag) and tag != f"v{version}"]
    if wrong:
        _fail(f"HEAD is tagged {wrong[0]}, and src/bench_agent/__init__.py says {version}")


def compare(first: Path, second: Path) -> None:
    names = sorted(path.name for path in first.iterdir())
    if names != sorted(path.name for path in second.iterdir()):
        _fail("two builds gave different files")
    for name in names:
        if (first / name).read_bytes() != (second / name).read_bytes():
            _fail(f"two builds of {name} differ")


def check_wheel(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    missing = [part for part in IN_THE_WHEEL if not any(name.endswith(part) for name in names)]
    if missing:
        _fail(f"{wheel.name} lacks {missing[0]}")


def release_of(top: Path) -> str:
    text = (top / "src/bench_agent/__init__.py").read_text("utf-8")
    found = re.search(r'^RELEASE = "([^"]+)"', text, re.MULTILINE)
    assert found is not None
    return found[1]


def _build(tree: Path, folder: Path, epoch: str) -> Path:
    environment = {**os.environ, "SOURCE_DATE_EPOCH": epoch, "PYTHONHASHSEED": "0"}
    command = [sys.executable, "-m", "build", "--outdir", str(folder), str(tree)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        _fail(f"the build failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return folder


def _try_pip(file: Path, version: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        python = Path(folder) / "venv/bin/python"
        _run(sys.executable, "-m", "venv", str(python.parents[1]))
        _run(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(file))
        _expect(version, str(python.with_name("bench-agent")), "--version")
        _expect(version, str(python), "-m", "bench_agent", "--version")
        _run(str(python.with_name("bench-agent")), "init", "--dry-run", "--workflow", "--gitlab", cwd=Path(folder))


def _try_tools(what: str, version: str) -> None:
    """pipx and uv, each where it is installed, into folders of their own. what: a file, or a tag of a repository."""
    with tempfile.TemporaryDirectory() as folder:
        places = {
            name: f"{folder}/{name}"
            for name in ("PIPX_HOME", "PIPX_BIN_DIR", "PIPX_MAN_DIR", "UV_TOOL_DIR", "UV_TOOL_BIN_DIR")
        }
        for tool, command, binary in (
            ("pipx", ["pipx", "install", what], f"{folder}/PIPX_BIN_DIR/bench-agent"),
            ("uv", ["uv", "tool", "install", "--quiet", what], f"{folder}/UV_TOOL_BIN_DIR/bench-agent"),
        ):
            if shutil.which(tool) is None:
                print(f"not tried: {tool} is not installed")
                continue
            _run(*command, env={**os.environ, **places})
            _expect(version, binary, "--version")


def _expect(version: str, *command: str) -> None:
    said = _out(*command)
    if said != f"bench-agent {version}":
        _fail(f"{' '.join(command)} said {said!r}")


def _run(*command: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> None:
    environment = {name: value for name, value in (env or os.environ).items() if name != "PYTHONPATH"}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
    if done.returncode:
        _fail(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def _out(*command: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(command, cwd=TOP, env=environment, check=True, capture_output=True, text=True).stdout.strip()


def _fail(message: str) -> None:
    print(f"error: {message}", file=sys.stderr)
    raise SystemExit(1)


if __name__ == "__main__":
    raise SystemExit(main())
