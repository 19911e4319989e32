"""How far unchanged code, measured again in turns, lies from its own run: what the factors of compare/witness.py rest on.

For each benchmark of a suite of many kinds: the factor beyond the run's own rounds that would just not have withheld its
verdict, the largest of all repetitions. Run it while other programs keep the machine busy.
"""

import argparse
import os
import sys
import tempfile
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

HERE = Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parents[2] / "src")]

from bench_agent.compare.witness import other_time, spread_of  # noqa: E402
from bench_agent.detect.verdict import compare_suite  # noqa: E402
from bench_agent.measure.paired.compare_sides import compare_sides  # noqa: E402
from bench_agent.measure.paired.same_process import side_of  # noqa: E402
from bench_agent.measure.probe_results import parse_probe  # noqa: E402
from bench_agent.measure.suite import run_suite  # noqa: E402
from bench_agent.records import Sample  # noqa: E402
from bench_agent.results.comparison import ComparedBenchmark  # noqa: E402

PAIRS = 2
SUITE = """
import json, re, random, sqlite3, asyncio, subprocess, sys, time, collections, functools, decimal, hashlib
DATA={str(i):[i]*5 for i in range(300)}
def fib(n): return n if n<2 else fib(n-1)+fib(n-2)
@functools.lru_cache(maxsize=None)
def cached(n): return sum(range(n))
def test_add(benchmark): benchmark(lambda: 1+1)
def test_fib(benchmark): benchmark(fib, 12)
def test_json(benchmark): benchmark(json.dumps, DATA)
def test_sort(benchmark):
    d=[random.random() for _ in range(2000)]
    benchmark(sorted, d)
def test_re(benchmark): benchmark(re.sub, "a+", "b", "baaac"*200)
def test_alloc(benchmark): benchmark(lambda: [object() for _ in range(5000)])
def test_gc(benchmark):
    def f():
        l=[]
        for _ in range(300):
            a=[]; a.append(a); l.append(a)
    benchmark(f)
def test_sqlite(benchmark):
    c=sqlite3.connect(":memory:"); c.execute("create table t(a)")
    def f():
        c.executemany("insert into t values(?)", [(i,) for i in range(100)]); c.execute("delete from t")
    benchmark(f)
def test_async(benchmark):
    async def f(): await asyncio.sleep(0)
    benchmark(lambda: asyncio.run(f()))
def test_sub(benchmark): benchmark.pedantic(subprocess.run, args=(["true"],), rounds=10)
def test_sleep(benchmark): benchmark.pedantic(time.sleep, args=(0.005,), rounds=20)
def test_one_round(benchmark): benchmark.pedantic(fib, args=(15,), rounds=1)
def test_one_by_100(benchmark): benchmark.pedantic(fib, args=(12,), rounds=1, iterations=100)
def test_three(benchmark): benchmark.pedantic(json.dumps, args=(DATA,), rounds=3)
def test_cached_cold(benchmark): benchmark.pedantic(cached, args=(300000,), rounds=1)
def test_hash(benchmark): benchmark(hashlib.sha256, b"x"*100000)
def test_dec(benchmark): benchmark(lambda: sum(decimal.Decimal(i)/7 for i in range(200)))
def test_grow(benchmark):
    l=[]
    def f(): l.append(1); return len(l)
    benchmark(f)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=2)
    needed: dict[str, list[float]] = defaultdict(list)
    withheld: dict[str, int] = defaultdict(int)
    for _ in range(parser.parse_args().repeat):
        with tempfile.TemporaryDirectory() as folder:
            for row, sample in measure(Path(folder).resolve()):
                needed[row.benchmark].append(factor(row, sample))
                withheld[row.benchmark] += other_time(row, sample) is not None
        print(f"load {os.getloadavg()[0]:.1f}", flush=True)
    for id, factors in needed.items():
        print(f"{id.split('::')[1]:20} {max(factors):8.2f}   withheld {withheld[id]} of {len(factors)}")


def measure(root: Path) -> list[tuple[ComparedBenchmark, Sample]]:
    (root / "tests").mkdir()
    (root / "tests" / "test_many.py").write_text(SUITE)
    (root / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    env = {k: v for k, v in os.environ.items() if not k.startswith(("BENCH_AGENT_", "PYTHONPATH"))}
    command = f"{sys.executable} -m pytest -q --benchmark-max-time=0.1 tests"
    result = run_suite(command, root=root, folder=root / "run", timeout_s=300, environment=env)
    probed = parse_probe(result.files, result.handed_over)
    assert probed.suite
    process = probed.suite.processes[0]
    base, head = (
        replace(side_of(process, label=label, tree=root, top=root, root=root), not_from=None)
        for label in ("base", "head")
    )
    taken = compare_sides(
        base,
        head,
        decided=lambda samples: frozenset(id for id, values in samples.items() if len(values) >= PAIRS),
        budget_s=120,
        node_ids=probed.suite.ids,
        env=env,
    )
    rows = compare_suite("base", "head", taken.samples).benchmarks
    samples = {sample.id: sample for sample in probed.samples}
    return [(row, samples[row.benchmark]) for row in rows]


def factor(row: ComparedBenchmark, sample: Sample) -> float:
    run_s = sample.cpu_s if row.clock == "cpu" and sample.cpu_s else sample.median_s
    low, high = spread_of(sample)
    return max(run_s * low / row.head, row.head / (run_s * high))


if __name__ == "__main__":
    main()
