"""What edits do to times that change nothing a benchmark executes: comments, docstrings, layout, dead code, order.

    python tests/calibration/same_code.py [--minutes 15] [--pairs 8] [--seed 1] [--out FILE] [--sum-up FILE...]

Each trial edits a copy of one module at random and measures it beside the original, in turns, as `compare` would; "none"
copies it as it is. Prints for each kind of edit how far the estimates lie from no change, in percent, and how many would be
called slower: with the search's smallest step (LEAST) and with what is asked of code that is not executed (MOVED). What
exceeds the row "none" is the work of moved memory. `suspects/same_code.MOVED` was read from this.
"""

import argparse
import ast
import json
import math
import os
import random
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[2] / "src"))

from bench_agent.bisection.steps import LEAST, step_between
from bench_agent.detect.verdict import log_ratios
from bench_agent.measure.paired.compare_sides import compare_sides
from bench_agent.measure.paired.side import Side
from bench_agent.suspects.code_difference import compare_code
from bench_agent.suspects.same_code import MOVED

MODULE = '''"""A small application: tokens, records, totals."""

import json
import re

WORD = re.compile(r"[a-z]+|[0-9]+")
LIMITS = {name: place for place, name in enumerate("abcdefghij")}


class Record:
    """One line."""

    kinds = ("a", "b", "c")

    def __init__(self, key, value):
        self.key = key
        self.value = value

    def scaled(self, factor):
        return Record(self.key, self.value * factor)

    def is_large(self):
        """Whether it is beyond the limit."""
        return self.value > LIMITS.get(self.key, 5)

    def as_text(self):
        return f"{self.key}={self.value}"


def clamp(value, low, high):
    """The value within bounds."""
    if value < low:
        return low
    return high if value > high else value


def split(text):
    return WORD.findall(text)


def total(records):
    """The sum of all."""
    result = 0
    for record in records:
        result += clamp(record.value, 0, 50)
    return result


def fibonacci(number):
    return number if number < 2 else fibonacci(number - 1) + fibonacci(number - 2)


def group(words):
    found = {}
    for word in words:
        found.setdefault(word[0], []).append(word)
    return {key: sorted(values) for key, values in found.items()}


def tokens():
    for _ in range(12):
        group(split("alpha 12 beta 7 gamma 99 delta 3 " * 6))


def objects():
    records = [Record("abcdefghij"[i % 10], i) for i in range(300)]
    return [record.scaled(2).as_text() for record in records if record.is_large()], total(records)


def recursion():
    return fibonacci(14)


def closures():
    steps = [lambda x, n=n: x * n + 1 for n in range(20)]
    value = 1
    for turn in range(60):
        for step in steps:
            value = step(value) % 1009 + turn
    return value


def documents():
    document = {"items": [{"id": i, "tags": ["x", "y"], "name": "item"} for i in range(20)]}
    for _ in range(10):
        json.loads(json.dumps(document))


def exceptions():
    caught = 0
    for i in range(1500):
        try:
            LIMITS["abcxyz"[i % 6]]
        except KeyError:
            caught += 1
    return caught
'''
WORK = ("tokens", "objects", "recursion", "closures", "documents", "exceptions")
DEAD = """

def _unused_{number}(values, *, flag=False):
    found = {{"{number}": [value for value in values if value]}}
    for value in values:
        if flag and value not in found:
            found[str(value)] = [value * {number}]
    return found
"""


def _blocks(text):
    """The lines of the module, cut before each function and class of its top level."""
    tree = ast.parse(text)
    starts = [0, *(node.lineno - 1 for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef))]
    lines = text.splitlines(keepends=True)
    return ["".join(lines[a:b]) for a, b in zip(starts, [*starts[1:], len(lines)], strict=True)]


def plant_comments(text, rng):
    lines = text.splitlines(keepends=True)
    for _ in range(rng.randint(1, 60)):
        at = rng.randrange(len(lines))
        if not lines[at].startswith(('"""', "    '")):
            lines[at:at] = ["# " + "why " * rng.randint(1, 15) + "\n"]
    return "".join(lines)


def plant_docstrings(text, rng):
    tree = ast.parse(text)
    spots = [n for n in tree.body if isinstance(n, ast.FunctionDef) and not ast.get_docstring(n)]
    lines = text.splitlines(keepends=True)
    chosen = rng.sample(spots, rng.randint(1, len(spots)))
    for node in sorted(chosen, key=lambda node: -node.lineno):
        at = node.body[0].lineno - 1
        lines[at:at] = [f'    """{"What it returns. " * rng.randint(1, 20)}"""\n']
    return "".join(lines)


def plant_layout(text, rng):
    plain = ast.unparse(ast.parse(text))
    return plain.replace("\n", "\n\n", rng.randint(0, 20)) if rng.random() < 0.5 else plain.replace("    ", "\t")


def plant_dead_code(text, rng):
    blocks = _blocks(text)
    for number in range(rng.randint(1, 12)):
        blocks.insert(rng.randint(1, len(blocks)), DEAD.format(number=number).lstrip("\n") + "\n\n")
    return "".join(blocks)


def plant_order(text, rng):
    first, *blocks = _blocks(text if text.endswith("\n\n") else text + "\n\n")
    rng.shuffle(blocks)
    return first + "".join(blocks)


def plant_all(text, rng):
    for edit in (plant_dead_code, plant_order, plant_docstrings, plant_comments):
        text = edit(text, rng)
    return text


def plant_none(text, rng):
    return text


EDITS = {
    "none": plant_none, "comments": plant_comments, "docstrings": plant_docstrings, "layout": plant_layout,
    "dead code": plant_dead_code, "order": plant_order, "all": plant_all,
}  # fmt: skip


def trial(kind, folder, pairs, rng):
    """One edit measured: a log ratio of each benchmark and session pair."""
    edited = EDITS[kind](MODULE, rng)
    difference = compare_code(MODULE.encode(), edited.encode())
    assert not difference.top_level, f"{kind} is not harmless: {edited}"
    sides = [Side(label=label, root=folder / label, python=(sys.executable,)) for label in ("side-0", "side-1")]
    rng.shuffle(sides)
    for side, text in zip(sides, (MODULE, edited), strict=True):
        side.root.mkdir()
        (side.root / "app.py").write_text(text)
        tests = "".join(f"def test_{name}(benchmark): benchmark(app.{name})\n" for name in WORK)
        (side.root / "test_app.py").write_text("import app\n" + tests)
        (side.root / "pytest.ini").write_text("[pytest]\n")
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTEST_ADDOPTS")}

    def decided(samples):
        return frozenset(name for name, found in samples.items() if len(found) >= pairs)

    result = compare_sides(*sides, targets=["."], decided=decided, budget_s=60.0 * pairs, env=env, rng=rng)
    return [
        {
            "edit": kind,
            "benchmark": name.rpartition("::")[2],
            "values": log_ratios(found, "cpu"),
            "load": os.getloadavg()[0],
        }
        for name, found in result.samples.items()
    ]


def is_slower(values, least):
    step = step_between([0.0] * len(values), values, final=True)
    return step.is_slower and step.size >= least


def sum_up(rows):
    loads = [row["load"] for row in rows]
    print(f"{len(rows)} benchmarks of {len(rows) // len(WORK)} edits; load {min(loads):.1f}-{max(loads):.1f}; percent:")
    print(f"{'edit':12} {'n':>4} {'median':>7} {'p90':>6} {'p99':>6} {'most':>6}  slower: {'LEAST':>6} {'MOVED':>6}")
    groups = defaultdict(list)
    for row in rows:
        groups[row["edit"]].append(row["values"])
        groups[f" {row['benchmark']}" if row["edit"] != "none" else " none"].append(row["values"])
    for name, group in sorted(groups.items()):
        sizes = sorted(abs(median(values)) for values in group)
        at = [100 * math.expm1(sizes[min(int(q * len(sizes)), len(sizes) - 1)]) for q in (0.5, 0.9, 0.99, 1.0)]
        called = [sum(is_slower(values, least) for values in group) for least in (LEAST, MOVED)]
        print(f"{name:12} {len(group):4} {at[0]:7.2f} {at[1]:6.2f} {at[2]:6.2f} {at[3]:6.2f}          {called[0]:6} {called[1]:6}")  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--pairs", type=int, default=8, help="of sessions, for each edit")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--out", type=Path, help="file the trials are appended to, as JSON lines")
    parser.add_argument("--sum-up", type=Path, nargs="+", help="don't measure: print the figures of these files")
    arguments = parser.parse_args()
    if arguments.sum_up:
        sum_up([json.loads(line) for path in arguments.sum_up for line in path.read_text().splitlines()])
        return
    rng, rows = random.Random(arguments.seed), []
    end = time.monotonic() + 60 * arguments.minutes
    while time.monotonic() < end:
        for kind in EDITS:
            with tempfile.TemporaryDirectory(prefix="bench-agent-calibration-") as folder:
                found = trial(kind, Path(folder), arguments.pairs, rng)
            rows += found
            if arguments.out:
                with arguments.out.open("a") as out:
                    out.writelines(json.dumps(row) + "\n" for row in found)
    sum_up(rows)


if __name__ == "__main__":
    main()
