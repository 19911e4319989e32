"""Every calibration in this folder in turn, with settings that take minutes together, not hours.

    python tests/calibration/all.py [NAME...]        such as: speed suspicion

A command with no short settings here runs as it is. One that fails is said, and the others still run.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SHORT = {
    "backfill_noise": ["--unchanged", "5", "--planted", "3", "--noise", "0.012"],
    "speed": ["--runs", "3"],
    "history": ["--series", "30"],
    "trends": ["--series", "20"],
    "burning": ["--runs", "2"],
    "bisection": ["--seeds", "1", "--commits", "64", "--cases", "20 %", "no change"],
    "suspicion": ["--suites", "30", "--runs", "4", "12"],
    "same_code": ["--minutes", "5"],
    "harmless_edits": ["--commits", "6"],
    "ranking": ["--seeds", "2", "--commits", "16", "64"],
    "overhead": ["--pairs", "60", "--processes", "2", "--runs", "2"],
    "matrix": ["--only", "3.12"],
    "peers": ["--repeats", "1"],
    "sizes": ["--pairs", "3", "--factors", "1.05,2,20"],
    "ring": ["--minutes", "5", "--plant", "0,5", "--suite", "twenty", "--seconds", "4"],
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="of commands here, without .py; all when none is given")
    wanted = parser.parse_args().names
    commands = {path.stem: path for path in sorted(HERE.glob("*.py")) if path.stem != "all" and path.stem[0] != "_"}
    unknown = [name for name in wanted if name not in commands]
    if unknown:
        parser.error(f"there is no {unknown[0]}; there are: {', '.join(commands)}")
    failed = []
    for name in wanted or commands:
        arguments = SHORT.get(name, [])
        print(f"\n=== {name} {' '.join(arguments)}".rstrip(), flush=True)
        began = time.monotonic()
        code = subprocess.run([sys.executable, str(commands[name]), *arguments], check=False).returncode
        print(f"--- {name}: {time.monotonic() - began:.0f} s" + (f", failed with {code}" if code else ""), flush=True)
        if code:
            failed.append(name)
    if failed:
        print(f"\nfailed: {', '.join(failed)}")
    return int(bool(failed))


if __name__ == "__main__":
    raise SystemExit(main())
