"""The pytest plug-in of an installed bench-agent: gets the probe in where the suite's command loses PYTHONPATH.

Registered as an entry point, so that it is loaded by every pytest beside which bench-agent is installed. Without a measurement
under way it does nothing, and costs nothing but its own import.
"""

import importlib
import os
import sys
from pathlib import Path

if os.environ.get("BENCH_AGENT_PLUGIN"):
    sys.path.append(str(Path(__file__).parent / "probe"))
    try:
        importlib.import_module("bench_agent_start").begin()
    finally:
        sys.path.pop()
