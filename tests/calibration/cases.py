"""Real projects with a known culprit: what `compare`, `bisect` and the ranking say about each, beside what is known.

    python tests/calibration/cases.py --cases DIR --work DIR [--only ID ...] [--steps compare ranking bisect between]

--cases: folders with a `case.json` and its benchmark file. --work: local clones as <owner>+<name>, made beforehand; the
interpreters with each case's packages are made and kept there too. Runs the product as a user does who has just written
a benchmark: the clone stands at the bad commit, the file lies in it, untracked. `between` measures random commits of the
range against the good one. About a minute a case and step.
"""

import argparse
import hashlib
import json
import math
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "src"))

from bench_agent.measure.probe_results import parse_probe
from bench_agent.measure.suite import run_suite
from bench_agent.records import Head, Reach
from bench_agent.suspects.commits import collect_range
from bench_agent.suspects.ranking import rank_in
from bench_agent.system.git import Repository, open_repository
from bench_agent.system.worktrees import Trees

STEPS = ("compare", "ranking", "bisect", "between")
TIMEOUT_S = 900.0
LARGE = 1.10  # from here on a case that says "slower" must be told so


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One folder of --cases, ready to run: its clone stands at `bad` with the benchmark file in it."""

    id: str
    good: str
    bad: str
    true: frozenset[str]  # shas that are right to name; empty: nobody is
    benchmark: str | None
    file: str
    ratio: float | None
    checkout: Path
    python: Path
    options: str  # of pytest: none, or what an old project needs
    environment: dict[str, str]

    @property
    def command(self) -> str:
        return f"{self.python} -m pytest {self.options}{self.file}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--only", nargs="+", default=[])
    parser.add_argument("--steps", nargs="+", choices=STEPS, default=list(STEPS))
    parser.add_argument("--budget", type=float, default=60.0, help="seconds of each compare")
    parser.add_argument("--between", type=int, default=5, help="random commits of each range")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="every answer in full, as JSON lines")
    args = parser.parse_args()
    rows = []
    for folder in sorted(path.parent for path in args.cases.glob("*/case.json")):
        if args.only and folder.name not in args.only:
            continue
        try:
            case = _prepare(folder, args.work.resolve())
        except (subprocess.CalledProcessError, FileNotFoundError) as error:
            print(f"{folder.name}: not prepared: {error}", flush=True)
            continue
        row: dict[str, Any] = {"case": case.id}
        for step in args.steps:
            row |= _RUN[step](case, args)
            print(json.dumps(row), flush=True)
        rows.append(row)
        if args.out:
            with args.out.open("a") as out:
                out.write(json.dumps(row) + "\n")
    print(_table(rows))


# --- a case, as a user would have it


def _prepare(folder: Path, work: Path) -> Case:
    known = json.loads((folder / "case.json").read_text())
    checkout = work / known["repo"].replace("/", "+")
    if not (checkout / ".git").exists():
        raise FileNotFoundError(f"no clone at {checkout}")
    subprocess.run(["git", "-C", str(checkout), "checkout", "-q", "-f", "--detach", known["bad_sha"]], check=True)
    subprocess.run(["git", "-C", str(checkout), "clean", "-ffdxq"], check=True)
    shutil.copy(folder / known["bench_file"], checkout)
    (checkout / known["bench_file"]).chmod(0o644)
    leads = known.get("src") or [known.get("pythonpath", ".")]
    python = _interpreter(known["python"], known.get("deps") or known["requirements"], work)
    environment = {
        **{k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")},
        **known.get("env", {}),
        "PYTHONPATH": os.pathsep.join(str(checkout / lead) for lead in leads),
    }
    true = {known.get(key) for key in ("culprit_sha", "culprit_inside_merge_sha", "culprit_first_parent_sha")}
    return Case(
        id=known["id"],
        good=known["good_sha"],
        bad=known["bad_sha"],
        true=frozenset(sha for sha in true if sha),
        benchmark=known["benchmark_nodeid"],
        file=known["bench_file"],
        ratio=known.get("ratio_good_bad") or known.get("ratio_bad_good"),
        checkout=checkout,
        python=python,
        options=_options(python, checkout, environment),
        environment=environment,
    )


def _options(python: Path, checkout: Path, environment: dict[str, str]) -> str:
    """Nothing where this pytest can start in the checkout; else what a user adds who can't: no configuration."""
    asked = [str(python), "-m", "pytest", "--version", "--version"]
    done = subprocess.run(asked, cwd=checkout, env=environment, capture_output=True, check=False)
    return "" if done.returncode == 0 else "-c /dev/null --rootdir . "


def _interpreter(version: str, packages: list[str], work: Path) -> Path:
    """The interpreter of an environment with these packages, made once; of that Python where it is installed."""
    key = hashlib.sha256("\n".join([version, *packages]).encode()).hexdigest()[:12]
    python = work / "environments" / key / "bin" / "python"
    if not (python.parent / "complete").exists():
        found = shutil.which(f"python{version}") or sys.executable
        subprocess.run([found, "-m", "venv", "--clear", str(python.parents[1])], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *packages], check=True)
        (python.parent / "complete").touch()
    return python


def _bench_agent(case: Case, *args: str) -> dict[str, Any]:
    """What the command printed as JSON, with `wall_s`; an answer that is none is {"error": ...}."""
    environment = {**case.environment, "BENCH_AGENT_COMMAND": case.command, "CLAUDECODE": "1"}
    bench_agent = Path(sys.executable).with_name("bench-agent")
    began = time.monotonic()
    try:
        done = subprocess.run(
            [str(bench_agent), *args, "--json"],
            cwd=case.checkout, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S,
        )  # fmt: skip
        answer: dict[str, Any] = json.loads(done.stdout or "{}") or {"error": {"message": done.stderr[-500:]}}
    except (ValueError, subprocess.TimeoutExpired) as error:
        answer = {"error": {"message": str(error)[:500]}}
    return {**answer, "wall_s": round(time.monotonic() - began, 1)}


# --- steps


def _compare(case: Case, args: argparse.Namespace) -> dict[str, Any]:
    answer = _bench_agent(case, "compare", case.good, case.bad, "--budget", str(args.budget))
    rows = {row["benchmark"]: row for row in answer.get("benchmarks", ())}
    row = rows.get(case.benchmark or "", {})
    others = {id.partition("::")[2]: _short(row) for id, row in rows.items() if id != case.benchmark}
    found: dict[str, Any] = {"known": case.ratio, "others": others, "compare_s": answer["wall_s"]}
    if "error" in answer:
        return found | {"verdict": "error", "problem": answer["error"]}
    if case.benchmark is None or case.ratio is None:
        slower = [id for id, row in rows.items() if row["verdict"] == "slower"]
        return found | {"verdict": f"slower: {slower}" if slower else "none slower", "warnings": answer["warnings"]}
    ratio = row.get("ratio")
    return found | {
        "verdict": row.get("verdict", "not measured"),
        "ratio": ratio and round(ratio, 3),
        "interval": row.get("interval"),
        "pairs": row.get("pairs"),
        "off": ratio and round(math.log(ratio / case.ratio), 3),
        "warnings": answer["warnings"],
    }


def _short(row: dict[str, Any]) -> str:
    return f"{row['verdict']} {row['ratio']:.3f}"


def _between(case: Case, args: argparse.Namespace) -> dict[str, Any]:
    """Random commits of the range, the benchmark against the good commit: a ratio, or the reason why there is none."""
    listed = subprocess.run(
        ["git", "-C", str(case.checkout), "rev-list", f"{case.good}..{case.bad}"],
        check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    said = []
    name = (case.benchmark or "").partition("::")[2]
    for sha in random.Random(args.seed).sample(listed, min(args.between, len(listed))):
        answer = _bench_agent(case, "compare", case.good, sha, "--budget", "15", *(["-k", name] if name else []))
        if "error" in answer:
            said.append(f"{sha[:8]} {answer['error']['message']}")
        else:
            told = [_short(row) for row in answer["benchmarks"]]
            said.append(f"{sha[:8]} {', '.join([*told, *answer['warnings']])}")
    return {"between": said}


def _bisect(case: Case, args: argparse.Namespace) -> dict[str, Any]:
    named = [case.benchmark] if case.benchmark else []  # none: whichever got slower
    answer = _bench_agent(case, "bisect", *named, "--good", case.good, "--bad", case.bad)
    if "error" in answer:
        return {"named": "error", "bisect_problem": answer["error"]}
    culprits = answer["culprits"]
    right = [c["sha"] in case.true for c in culprits]
    wrong = len(right) - sum(right)
    verdict = (
        "right" if any(right) and not wrong else "right and others" if any(right) else "wrong" if wrong else "nobody"
    )
    return {
        "named": "right" if verdict == "nobody" and not case.true else verdict,
        "culprits": [f"{c['sha'][:8]} x{c['ratio'] or 0:.3f} share {c['share'] or 0:.2f}" for c in culprits],
        "proved": bool(culprits) and all(c["proved"] for c in culprits),
        "bisect_s": answer["wall_s"],
        "measurements": answer["measurements"],
        "skipped": len(answer["skipped"]),
    }


def _ranking(case: Case, args: argparse.Namespace) -> dict[str, Any]:
    """Places of the true commit in the ranking, with what the benchmark executes at head alone, and at both ends."""
    if case.benchmark is None or not case.true:
        return {}
    repository = open_repository(case.checkout)
    assert repository is not None
    now, base = _reach(case, repository, case.bad), _reach(case, repository, case.good)
    found = collect_range(repository, case.good, Head(sha=case.bad))
    answer: dict[str, Any] = {"commits": len(found.commits)}
    for name, before in (("rank_head", None), ("rank", base)):
        ranked = rank_in(repository, found, reach=now, base_reach=before)
        place = next(n for n, suspect in enumerate(ranked, start=1) if suspect.sha in case.true)
        answer[name] = place
        answer[f"{name}_why"] = [
            f"{s.score:.3f} {s.sha[:8]} {s.subject[:60]}: {' | '.join(s.evidence)[:300]}"
            for s in (*ranked[:5], ranked[place - 1])
        ]
    return answer


def _reach(case: Case, repository: Repository, sha: str) -> Reach | None:
    """What the benchmark executes at that commit, as a run of the suite there records it."""
    with Trees(repository) as trees, tempfile.TemporaryDirectory() as folder:
        tree = trees.checkout(sha, "reach")
        shutil.copy(case.checkout / case.file, tree)
        paths = case.environment["PYTHONPATH"].replace(str(case.checkout), str(tree))
        name = (case.benchmark or "").partition("::")[2]
        result = run_suite(
            f"{case.command} -q --benchmark-max-time 0.2",
            root=tree, folder=Path(folder) / "run", timeout_s=300.0, select=name,
            environment={**case.environment, "PYTHONPATH": paths},
        )  # fmt: skip
        parsed = parse_probe(result.files, result.handed_over)
    return next((sample.reach for sample in parsed.samples if sample.id.endswith(f"::{name}")), None)


_RUN = {"compare": _compare, "ranking": _ranking, "bisect": _bisect, "between": _between}


def _table(rows: list[dict[str, Any]]) -> str:
    keys = (
        "case", "known", "verdict", "ratio", "pairs", "compare_s", "commits", "rank_head", "rank", "named", "proved",
        "bisect_s", "measurements", "skipped",
    )  # fmt: skip
    lines = [list(keys), *([str(row.get(key, "")) for key in keys] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(keys))]
    return "\n".join("  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)) for line in lines)


if __name__ == "__main__":
    main()
