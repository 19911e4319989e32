"""Kills, planted files, full disks, odd names, moved clocks and crowds: what is the user's must be as it was, whatever happens.

    python tests/torture/torture.py --kills 100 --inputs 200 --seed 7      (make torture)

Prints one line per group with its counts, and every violation with the seed that shows it again. Exit 1 when there was one.
After each: nothing of the user's repository, files or worktrees has changed, stored runs can be read, no process is left, and
the next call works and leaves no temporary folder.
"""

import argparse
import math
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parents[2] / "src")]

from torture.clocks import torture_by_clocks  # noqa: E402
from torture.disks import torture_by_full_disks  # noqa: E402
from torture.inputs import torture_by_inputs  # noqa: E402
from torture.kills import torture_by_crowds, torture_by_kills  # noqa: E402
from torture.names import torture_by_names  # noqa: E402
from torture.yard import Yard, make_yard  # noqa: E402

# Each with how many turns it has without options: some minutes in all.
GROUPS: dict[str, tuple[Callable[[Yard, int, random.Random], None], int]] = {
    "kills": (torture_by_kills, 40),
    "inputs": (torture_by_inputs, 60),
    "crowds": (torture_by_crowds, 4),
    "disks": (torture_by_full_disks, 12),
    "names": (torture_by_names, 4),
    "clocks": (torture_by_clocks, 6),
}


def run_group(name: str, number: int, seed: int, *, until: float = math.inf) -> Yard:
    """The group's turns in a yard of its own; prints its line."""
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        yard = make_yard(Path(folder))
        yard.until = until
        began = time.monotonic()
        GROUPS[name][0](yard, number, random.Random(f"{seed} {name}"))
        counts = ", ".join(f"{key} {count}" for key, count in sorted(yard.counts.items()))
        seconds = time.monotonic() - began
        print(
            f"{name}: {number}, {len(yard.violations)} violations ({counts}), {seconds:.0f} s, seed {seed}", flush=True
        )
    return yard


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, (_, number) in GROUPS.items():
        parser.add_argument(
            f"--{name}", type=int, default=None, metavar="N", help=f"default: {number}, or 0 with another's N"
        )
    parser.add_argument("--seed", type=int, default=None, help="default: drawn and printed")
    parser.add_argument(
        "--minutes", type=float, default=math.inf, help="begin no turn after so many; default: all turns"
    )
    args = parser.parse_args()
    until = time.monotonic() + args.minutes * 60
    seed = random.randrange(10**6) if args.seed is None else args.seed
    asked = {name: getattr(args, name) for name in GROUPS}
    if not any(number is not None for number in asked.values()):
        asked = {name: number for name, (_, number) in GROUPS.items()}
    yards = [run_group(name, number, seed, until=until) for name, number in asked.items() if number]
    return int(any(yard.violations for yard in yards))


if __name__ == "__main__":
    sys.exit(main())
