#!/usr/bin/env python3
"""The gate for CI: exit status 1 when the stored history shows a regression. `--threshold 20 --consecutive 3`.

The same as `bench-agent detect`, with the same options; it also runs from a checkout that is not installed.
"""

import sys
from importlib.util import find_spec
from pathlib import Path

if find_spec("bench_agent") is None:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from bench_agent.cli import main

if __name__ == "__main__":
    sys.exit(main(["detect", *sys.argv[1:]]))
