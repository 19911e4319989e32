"""One `run` of a project with a planted slowdown while every core is kept busy: confirmed, the commit named, proved?

    python tests/calibration/burning.py [--runs 10] [--calm]

The project is a copy of this repository with its sample suite (18 benchmarks), in a temporary folder with an environment of its own.
One run is stored before the slowdown, on a calm machine; then six commits come, of which the fourth makes a look-up linear. Each
run starts from the same stored state, beside as many computing processes as there are cores (--calm: beside none). Prints a line a
run, and what else was called slower.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parents[2]
SLOW = 3  # of the commits, from 0
WHO = {f"GIT_{role}_{what}": "calibration" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--calm", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root, kept = Path(folder) / "project", Path(folder) / "kept"
        env = {**os.environ, **WHO, "XDG_CACHE_HOME": str(Path(folder) / "cache")}
        slow = _prepare(root, env)
        shutil.copytree(root / ".benchmark", kept)
        told = []
        for _ in range(args.runs):
            shutil.rmtree(root / ".benchmark")
            shutil.copytree(kept, root / ".benchmark")
            told.append(_one(root, env, slow, burning=0 if args.calm else os.cpu_count() or 1))
    for what in ("confirmed", "named", "proved"):
        print(f"{what} {sum(what in one for one in told)} of {len(told)}")
    return 0


def _prepare(root: Path, env: dict[str, str]) -> str:
    """The project with its stored run and commits; the sha of the slow one."""

    def run(*command: str) -> str:
        return subprocess.run(command, cwd=root, env=env, check=True, capture_output=True, text=True).stdout.strip()

    root.mkdir()
    run("git", "clone", "-q", "--no-hardlinks", str(HERE), ".")
    run("make", "-s", "setup")
    run(str(root / ".venv" / "bin" / "bench-agent"), "run", "--no-confirm", "--json")
    slow = ""
    for number in range(6):
        if number == SLOW:
            run("git", "apply", "tests/sample/data/quadratic.patch")
        else:
            (root / "README.md").write_text((root / "README.md").read_text("utf-8") + f"\nnote {number}\n", "utf-8")
        run("git", "commit", "-qam", "Keep order of passages" if number == SLOW else f"note {number}")
        slow = run("git", "rev-parse", "HEAD") if number == SLOW else slow
    return slow


def _one(root: Path, env: dict[str, str], slow: str, *, burning: int) -> set[str]:
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(burning)]
    began = time.monotonic()
    try:
        command = [str(root / ".venv" / "bin" / "bench-agent"), "run", "--json"]
        done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, timeout=600, check=False)
    finally:
        for process in busy:
            process.kill()
            process.wait()
    report = json.loads(done.stdout)
    own = [one for one in report["regressions"] if "context_loading" in one["benchmark"]]
    others = [f"{one['benchmark']} {one['verdict']}" for one in report["regressions"] if one not in own]
    told = set()
    for finding in own:
        first = (finding["suspects"] or [{"sha": None}])[0]
        told |= {"confirmed"} if finding["confirmed"] else set()
        told |= {"named"} if first["sha"] == slow else set()
        told |= {"proved"} if first["sha"] == slow and first["proved"] else set()
    print(
        f"{time.monotonic() - began:4.0f} s  {', '.join(sorted(told)) or 'nothing'}; others: {', '.join(others) or 'none'}",
        flush=True,
    )
    return told


if __name__ == "__main__":
    raise SystemExit(main())
