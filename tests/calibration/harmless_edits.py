"""Harmless edits told to the program itself: `bench-agent compare` after commits that change nothing a benchmark executes.

    python tests/calibration/harmless_edits.py [--commits 42] [--all] [--budget 60] [--seed 1]

A project holds copies of this interpreter's own single-file modules, a benchmark for each. Every commit edits each module at
random, in one way: comments, docstrings, layout, dead code, the order of functions, or all of these. That the syntax trees say the same is
checked with `ast` first. Then the commit is compared with its parent as a user would. Printed: how often each verdict was
given, and every edit that was called slower or faster. Exit 1 where there was one. Without --all nothing needs measuring where
the program sees that nothing executed differs; with it everything is measured.
"""

import argparse
import ast
import importlib
import json
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

# A module of the standard library, and work it does; each stands in one file and needs no other of its package.
WORK = {
    "textwrap": 'textwrap.fill("several words in a row " * 40, 60)',
    "difflib": 'list(difflib.unified_diff(["a", "b", "c"] * 8, ["a", "c", "d"] * 8))',
    "fractions": "sum(fractions.Fraction(1, n) for n in range(1, 40))",
    "statistics": "statistics.pstdev([n * 0.5 for n in range(60)])",
    "configparser": 'configparser.ConfigParser().read_string("[a]\\nx = 1\\ny = 2\\n" * 1)',
    "shlex": 'shlex.split("one two three \\"four five\\" six " * 10)',
    "calendar": "calendar.TextCalendar().formatyear(2024)",
    "fnmatch": 'fnmatch.filter(["a.py", "b.txt", "c.py"] * 60, "*.py")',
    "pprint": "pprint.pformat({n: list(range(n)) for n in range(25)})",
    "copy": "copy.deepcopy({n: list(range(n)) for n in range(25)})",
    "graphlib": "list(graphlib.TopologicalSorter({n: [n + 1] for n in range(120)}).static_order())",
    "ipaddress": 'list(ipaddress.ip_network("10.0.0.0/26").hosts())',
    "argparse": "argparse.ArgumentParser(add_help=False).parse_args([])",
    "quopri": 'quopri.decodestring(b"caf=C3=A9 " * 60)',
    "base64": 'base64.b85encode(b"some bytes " * 60)',
    "colorsys": "[colorsys.rgb_to_hls(n / 99, 0.3, 0.6) for n in range(99)]",
    "string": 'string.Template("$a and $b " * 20).substitute(a=1, b=2)',
    "heapq": "list(heapq.merge(range(0, 300, 3), range(1, 300, 3)))",
    "bisect": "[bisect.bisect(range(500), n) for n in range(99)]",
    "random": "random.Random(3).sample(range(500), 120)",
    "uuid": '[uuid.UUID(int=n).hex for n in range(60)]',
    "csv": 'list(csv.reader(["a,b,c"] * 60))',
    "reprlib": "reprlib.Repr().repr([list(range(20)) for _ in range(20)])",
    "optparse": 'optparse.OptionParser(add_help_option=False).parse_args(["x"] * 40)',
}  # fmt: skip
DEAD = """

def _never_called_{number}(values, *, flag=False):
    found = {{"{number}": [value for value in values if value]}}
    for value in values:
        if flag and value not in found:
            found[str(value)] = [value * {number}]
    return found
"""


def plant_comments(text: str, rng: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    starts = sorted({node.lineno - 1 for node in ast.walk(ast.parse(text)) if isinstance(node, ast.stmt)}, reverse=True)
    for at in sorted(rng.sample(starts, min(len(starts), rng.randint(1, 60))), reverse=True):
        lines[at:at] = ["# " + "why " * rng.randint(1, 15) + "\n"]
    return "".join(lines)


def plant_docstrings(text: str, rng: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    spots = [f for f in functions if not ast.get_docstring(f) and f.body[0].lineno > f.lineno]
    for node in sorted(rng.sample(spots, min(len(spots), rng.randint(1, 20))), key=lambda node: -node.lineno):
        at = node.body[0].lineno - 1
        indent = " " * node.body[0].col_offset
        lines[at:at] = [f'{indent}"""{"What it returns. " * rng.randint(1, 20)}"""\n']
    return "".join(lines)


def plant_layout(text: str, rng: random.Random) -> str:
    return ast.unparse(ast.parse(text)) + "\n" * rng.randint(1, 5)


def plant_dead_code(text: str, rng: random.Random) -> str:
    return text + "".join(DEAD.format(number=number) for number in range(rng.randint(1, 12)))


def plant_order(text: str, rng: random.Random) -> str:
    """Plain functions that stand beside each other change places: no decorator, no default that another could make."""
    lines = text.splitlines(keepends=True)
    for holder in [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Module | ast.ClassDef)]:
        for first, second in zip(holder.body, holder.body[1:], strict=False):
            if is_plain(first) and is_plain(second) and rng.random() < 0.5 and first.end_lineno and second.end_lineno:
                a, b, c, d = first.lineno - 1, first.end_lineno, second.lineno - 1, second.end_lineno
                # What stands between the two stays there; both lie behind what was exchanged already or don't touch it.
                changed = "".join([*lines[:a], *lines[c:d], *lines[b:c], *lines[a:b], *lines[d:]])
                return plant_order(changed, rng) if rng.random() < 0.7 else changed
    return text


def is_plain(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and not (
        node.decorator_list or node.args.defaults or any(node.args.kw_defaults)
    )


def plant_all(text: str, rng: random.Random) -> str:
    for edit in (plant_dead_code, plant_order, plant_docstrings, plant_comments):
        text = edit(text, rng)
    return text


EDITS = {
    "comments": plant_comments, "docstrings": plant_docstrings, "layout": plant_layout,
    "dead code": plant_dead_code, "order": plant_order, "all": plant_all,
}  # fmt: skip


def is_harmless(old: str, new: str) -> bool:
    """Whether the new text has the old's definitions and statements: all but docstrings, order of functions, unused ones."""
    return sorted(_bare(old)) == sorted(line for line in _bare(new) if "_never_called_" not in line)


def _bare(text: str) -> list[str]:
    """Each statement of the module, without docstrings; the functions of a class in an order of their own."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            node.body.sort(key=lambda child: ast.dump(child) if isinstance(child, ast.FunctionDef) else "")
    return [ast.dump(node) for node in tree.body]


def edited(text: str, kind: str, rng: random.Random) -> str:
    """The text with an edit of that kind; as it is where it has no place for one."""
    for _ in range(20):
        new = EDITS[kind](text, rng)
        if new != text and is_harmless(text, new):
            return new
    return text


def make_project(root: Path) -> dict[str, str]:
    texts = {name: Path(importlib.import_module(name).__file__ or "").read_text("utf-8") for name in WORK}
    (root / "app").mkdir()
    (root / "app/__init__.py").write_text("")
    (root / "tests/benchmark").mkdir(parents=True)
    for name, work in WORK.items():
        (root / "app" / f"{name}.py").write_text(texts[name])
        suite = f"from app import {name}\n\n\ndef test_{name}(benchmark):\n    benchmark(lambda: {work})\n"
        (root / f"tests/benchmark/test_{name}.py").write_text(suite)
    (root / "pyproject.toml").write_text('[tool.pytest.ini_options]\npythonpath = ["."]\n')
    (root / "Makefile").write_text(f"benchmark:\n\t{sys.executable} -m pytest tests/benchmark\n")
    (root / ".gitignore").write_text(".benchmark/\n__pycache__/\n")
    git(root, "init", "-q", "-b", "main", ".")
    commit(root, "Start")
    return texts


def git(root: Path, *arguments: str) -> None:
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "-C", str(root), *who, *arguments], check=True, capture_output=True)


def commit(root: Path, subject: str) -> None:
    git(root, "add", "-A")
    git(root, "commit", "-qm", subject)


def compare(root: Path, options: list[str]) -> dict[str, str]:
    """The verdict on each benchmark, by its module."""
    command = [sys.executable, "-m", "bench_agent", "compare", "HEAD~1", "--json", *options]
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTEST_ADDOPTS")}
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, timeout=3600)
    rows = json.loads(done.stdout)
    if "error" in rows:
        sys.exit(f"compare failed: {rows['error']}")
    untouched = {id.rpartition("::")[2]: "untouched" for id in rows["untouched"]}
    return untouched | {row["benchmark"]: row["verdict"] for row in rows["benchmarks"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commits", type=int, default=42, help=f"of {len(WORK)} edits each")
    parser.add_argument("--all", action="store_true", help="measure every benchmark")
    parser.add_argument("--budget", type=float, default=60, help="seconds for each comparison")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    options = ["--budget", str(arguments.budget), *(["--all"] if arguments.all else [])]
    verdicts: Counter[tuple[str, str]] = Counter()
    edits = 0
    called: list[str] = []
    print(f"seed {arguments.seed}", flush=True)
    for number in range(arguments.commits):
        with tempfile.TemporaryDirectory(prefix="bench-agent-calibration-") as folder:
            root = Path(folder)
            texts = make_project(root)
            kind = list(EDITS)[number % len(EDITS)]
            done = {name: edited(text, kind, rng) for name, text in texts.items()}
            for name, text in done.items():
                (root / "app" / f"{name}.py").write_text(text)
            commit(root, "Harmless")
            found = compare(root, options)
        changed = sum(text != texts[name] for name, text in done.items())
        edits += changed
        verdicts.update((kind, verdict) for verdict in found.values())
        called += [f"{verdict}: {name}, {kind}" for name, verdict in found.items() if verdict in ("slower", "faster")]
        counted = ", ".join(f"{count} {verdict}" for verdict, count in Counter(found.values()).most_common())
        print(f"{number + 1}: {kind} in {changed} modules: {counted}; load {os.getloadavg()[0]:.0f}", flush=True)
    print(f"{edits} edits")
    for (kind, verdict), count in sorted(verdicts.items()):
        print(f"  {kind:12}{count:5} {verdict}")
    print("\n".join(called) or "none was called slower or faster")
    sys.exit(bool(called))


if __name__ == "__main__":
    main()
