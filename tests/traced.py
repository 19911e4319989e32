"""What one iteration of a planted benchmark executes, at any commit: a Reach made by a small tracer of our own.

The test function is called with a benchmark that runs its function once under `sys.settrace`, in a process of its own, in
a plain copy of that commit's files.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from bench_agent.records import Reach
from planted import git

_TRACER = """
import collections, importlib.util, json, os, sys
root, file, test = sys.argv[1:4]
sys.path[:0] = [root]
sys.dont_write_bytecode = True
spec = importlib.util.spec_from_file_location("suite", os.path.join(root, file))
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
calls, lines = collections.Counter(), collections.Counter()

def key(code):
    return os.path.relpath(code.co_filename, root).replace(os.sep, "/") + "::" + code.co_qualname

def local(frame, event, arg):
    if event == "line":
        lines[frame.f_code] += 1
    return local

def trace(frame, event, arg):
    if frame.f_code.co_filename.startswith(root + os.sep):
        calls[frame.f_code] += 1
        return local

def benchmark(function, *args):
    sys.settrace(trace)
    try:
        return function(*args)
    finally:
        sys.settrace(None)

getattr(module, test)(benchmark)
files = [getattr(m, "__file__", None) or "" for m in list(sys.modules.values())] + [os.path.join(root, file)]
def folded(counter):
    total = collections.Counter()
    for code, count in counter.items():
        total[key(code)] += count
    return total
print(json.dumps({
    "functions": folded(calls), "lines": folded(lines),
    "files": sorted({os.path.relpath(f, root) for f in files if f.startswith(root + os.sep)}),
}))
"""


def trace_benchmark(repository: Path, revision: str, benchmark: str) -> Reach:
    """The complete Reach of the benchmark "file::test" at that revision. About 0.15 s."""
    file, _, test = benchmark.partition("::")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        git(repository, "--work-tree", str(root), "-c", "core.bare=false", "checkout-index", "--all", "--prefix", f"{root}/",
            env={"GIT_INDEX_FILE": _index_of(repository, revision, root)})  # fmt: skip
        out = subprocess.run(
            [sys.executable, "-c", _TRACER, str(root), file, test], capture_output=True, text=True, check=True, cwd=root
        ).stdout
    return Reach(
        **{**json.loads(out.splitlines()[-1]), "files": tuple(json.loads(out.splitlines()[-1])["files"])}, complete=True
    )


def _index_of(repository: Path, revision: str, root: Path) -> str:
    index = str(root / ".index")
    git(repository, "read-tree", revision, env={"GIT_INDEX_FILE": index})
    return index
