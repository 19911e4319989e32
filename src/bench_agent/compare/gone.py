"""Which benchmarks only one of two versions has, told by the text of the test files that differ. Nothing is run.

Both sides are measured with the newer benchmark files, so that measuring shows neither: what the base alone has is not
collected, and what is new runs on both. A benchmark that is inherited, imported or made by a fixture of another name is not seen.
"""

import ast
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from bench_agent.compare.versions import differing_paths
from bench_agent.config import Config
from bench_agent.measure.paired.same_process import root_in
from bench_agent.records import Suite
from bench_agent.results.comparison import Comparison, Uncompared
from bench_agent.suspects.reached_code import parse_quietly
from bench_agent.system.files import read_if_there
from bench_agent.system.git import Repository

_FIXTURES = frozenset({"benchmark", "codspeed_benchmark", "benchmark_weave"})
_MARKS = frozenset({"benchmark", "codspeed_benchmark"})
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def with_gone(
    comparison: Comparison,
    repository: Repository,
    config: Config,
    suite: Suite,
    *,
    base: str,
    head: str | None,
    keyword: str | None = None,
) -> Comparison:
    """The comparison of all that the suite has, with what only one version has as `missing` on the other.

    base, head: full shas; head None is the working tree. keyword: what the suite was chosen by; with more than a word in it
    nothing is said of what is gone. A new benchmark that was measured on both sides keeps its row.
    """
    top = repository.root.resolve()
    prefixes = {
        id: root_in(process, top, config.root.resolve()) for process, own in suite.by_process(suite.ids) for id in own
    }
    files = {id: (prefix / id.partition("::")[0]).as_posix() for id, prefix in prefixes.items()}
    looked_in = {PurePosixPath(file).parent for file in files.values()}
    prefix = next(iter(prefixes.values()), Path())
    gone, new = list[str](), list[str]()
    for path in sorted(differing_paths(repository, base, head)):
        if not is_looked_at(path, looked_in, files.values()):
            continue
        old = repository.show_file(base, path)
        now = repository.show_file(head, path) if head else read_if_there(top / path)
        here = [id for id, file in files.items() if file == path]
        new += new_ones(old, here)
        own = path.removeprefix(f"{prefix.as_posix()}/") if prefix.parts else path
        gone += [f"{own}::{name}" for name in gone_functions(old, now, here, suite.ids)]
    gone = [id for id in gone if is_chosen(id, keyword)]
    return add_missing(comparison, gone=gone, new=new)


def add_missing(comparison: Comparison, *, gone: Sequence[str], new: Collection[str]) -> Comparison:
    """The comparison with what head has no more; what is new and was not measured is that, not untouched or held."""
    held = {one.benchmark for one in comparison.uncompared if one.reason == "held"}
    unmeasured = [id for id in (*comparison.untouched, *held) if id in new]
    kept = [one for one in comparison.uncompared if one.benchmark not in unmeasured]
    missing = [Uncompared(benchmark=id, reason="missing", side=comparison.head) for id in gone]
    missing += [Uncompared(benchmark=id, reason="missing", side=comparison.base) for id in sorted(unmeasured)]
    untouched = tuple(id for id in comparison.untouched if id not in new)
    return replace(comparison, uncompared=(*kept, *missing), untouched=untouched)


def gone_functions(old: bytes | None, new: bytes | None, here: Iterable[str], ids: Iterable[str]) -> list[str]:
    """ "test_x", "TestY::test_x": the benchmarks of an older test file that the newer has not.

    here: the newer suite's benchmarks in that file. ids: all of them, by which is known what its functions are called.
    """
    there = {_function(id) for id in here} | {*benchmark_functions(new)}
    named = tuple({"test", *("bench" for id in ids if _function(id).rpartition("::")[2].startswith("bench"))})
    return [
        name for name in benchmark_functions(old) if name not in there and name.rpartition("::")[2].startswith(named)
    ]


def new_ones(old: bytes | None, here: Iterable[str]) -> list[str]:
    """Those of a file's benchmarks whose function its older content has not a word of."""
    return [id for id in here if old is None or _function(id).rpartition("::")[2].encode() not in old]


def benchmark_functions(source: bytes | None) -> list[str]:
    """The functions of a test file that ask for a benchmark's fixture or have its mark, with their class; none without a file."""
    tree = parse_quietly(source) if source else None
    if tree is None:
        return []
    found = []
    for node in tree.body:
        if isinstance(node, _Function) and _is_benchmark(node):
            found.append(node.name)
        elif isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            inner = [each for each in node.body if isinstance(each, _Function)]
            found += [f"{node.name}::{each.name}" for each in inner if _is_benchmark(each) or _is_marked(node)]
    return list(dict.fromkeys(found))


def _is_benchmark(function: _Function) -> bool:
    arguments = function.args
    asked = {argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    return not asked.isdisjoint(_FIXTURES) or _is_marked(function)


def _is_marked(node: _Function | ast.ClassDef) -> bool:
    """Whether it has the mark: `pytest.mark.benchmark`, called or not."""
    bare = [each.func if isinstance(each, ast.Call) else each for each in node.decorator_list]
    return any(
        isinstance(each, ast.Attribute)
        and each.attr in _MARKS
        and isinstance(each.value, ast.Attribute)
        and each.value.attr == "mark"
        for each in bare
    )


def is_looked_at(path: str, folders: Collection[PurePosixPath], files: Collection[str]) -> bool:
    """Whether pytest would find benchmarks in a file of that path: one of the suite's, or one beside or below these.

    At the top of a repository only what is beside them: below it is everything.
    """
    place = PurePosixPath(path)
    if place.suffix != ".py":
        return False
    below = any(parent in folders and parent.parts for parent in place.parents)
    tests = place.name.startswith(("test", "bench")) or place.stem.endswith(("_test", "_bench", "_benchmark"))
    return path in files or ((place.parent in folders or below) and tests)


def is_chosen(id: str, keyword: str | None) -> bool:
    """Whether pytest's -k with a single word chooses it; of an expression it is not known, and said of none."""
    return not keyword or (keyword.isidentifier() and keyword.lower() in id.lower())


def _function(id: str) -> str:
    """Of a benchmark's id, with its class, without its parameters."""
    return id.partition("[")[0].partition("::")[2]
