"""A patch tried: the working tree with it, the working tree as it is, and the commit where the benchmark was fast, as trees.

Takes the patched files, gives what the tests, the first calls and measuring in turns say of them. Nothing is written to the user's
tree. What is proved by it is decided by the caller.
"""

import contextlib
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bench_agent.compare.fix_outcome import judge
from bench_agent.compare.revisions import in_turns
from bench_agent.compare.verify import take_turns
from bench_agent.compare.verify_others import LEAST_S, changes_between
from bench_agent.compare.versions import OpenVersions, ProcessSides, open_versions
from bench_agent.config import Config
from bench_agent.measure.paired.counts import count_sides
from bench_agent.measure.paired.first_calls import FirstCalls, first_calls
from bench_agent.measure.watched_tests import TestRun, run_tests
from bench_agent.records import Say, Suite
from bench_agent.results.comparison import ComparedBenchmark
from bench_agent.results.verification import Claim, Verified
from bench_agent.suspects.reached_code import executes_otherwise
from bench_agent.system.git import Repository
from bench_agent.system.tree_files import forget_bytecode
from bench_agent.text.clean import clean_text

AGAIN = "working tree again"  # a second process of the same code: what differs between the two tells nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Others:
    """The benchmarks beside the one to be mended. rows: patched against the working tree, of those that execute otherwise."""

    rows: tuple[ComparedBenchmark, ...] = ()
    same_work: int = 0
    unseen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The three versions, open. Every method starts processes of its own and ends them."""

    config: Config
    opened: OpenVersions
    environment: Mapping[str, str]
    say: Say
    files: frozenset[str]  # that the patch changes, from the top of the tree

    def _process(self, id: str) -> ProcessSides:
        return next(process for process in self.opened.processes if id in process.ids)

    def path_at_root(self, id: str, path: str) -> str:
        """A path from the top of the tree, as it is from where pytest runs."""
        side = self._process(id).sides[0]
        return os.path.relpath((side.tree or side.root) / path, side.root)

    def first_calls(self, id: str) -> dict[str, FirstCalls]:
        """By label: PATCHED, WORKING_TREE, AGAIN and that of the fast commit; empty where one of them fails."""
        patched, good, now = self._process(id).sides
        return first_calls((good, now, replace(now, label=AGAIN), patched), id, env=self.environment)

    def run_tests(
        self, id: str, *, patched: bool, tests: Sequence[str], watched: Sequence[str], timeout_s: float
    ) -> TestRun:
        """The setting `check`, else pytest on these files, with or without the patch."""
        sides = self._process(id).sides
        command = self.config.check
        return run_tests(
            sides[0] if patched else sides[2],
            env=self.environment,
            tests=tests,
            command=command,
            watched=watched,
            timeout_s=timeout_s,
        )

    @contextlib.contextmanager
    def changed(self, id: str, path: str, text: str, *, patched: bool) -> Iterator[None]:
        """One file of a tree with another content, for as long as the block runs. path: from the top."""
        side = self._process(id).sides[0 if patched else 2]
        tree = side.tree or side.root
        file = tree / path
        own = file.read_bytes()
        try:
            file.write_text(text, encoding="utf-8", newline="")
            forget_bytecode(tree, [path])
            yield
        finally:
            file.write_bytes(own)
            forget_bytecode(tree, [path])

    def measure(self, claim: Claim, *, budget_s: float) -> Verified:
        """The patched tree and the working tree against the fast commit, in turns."""
        patched, good, now = self._process(claim.id).sides
        measured, problems = take_turns((good, now, patched), [claim.id], budget_s, self.environment, self.say)
        reasons = {p.benchmark: clean_text(p.message, limit=300) for p in problems if p.kind != "in_turns"}
        [verified] = judge([claim], measured, reasons)
        return verified

    def others(self, ids: Sequence[str], *, budget_s: float) -> tuple[Others, tuple[str, ...]]:
        """What else the patch moves; and the ids of those that execute something that it changes."""
        began = time.monotonic()
        same: list[str] = []
        reached: list[str] = []
        for process in self.opened.processes:
            patched, _, now = process.sides
            own = [id for id in ids if id in process.ids]
            work = count_sides(now, patched, node_ids=own, env=self.environment) if own else {}
            changes = changes_between(self.files, now.tree or now.root, patched.tree or patched.root)
            same += [id for id, counted in work.items() if executes_otherwise(counted.base, counted.head) is False]
            reached += [
                id
                for id, counted in work.items()
                if changes is None
                or any(change.is_executed(one) for change in changes for one in (counted.base, counted.head))
            ]
        # What executes something that differs may take longer for the same lines: a built-in with more to do.
        same = [id for id in same if id not in reached]
        differ = [id for id in ids if id not in set(same)]
        left_s = budget_s - (time.monotonic() - began)
        if not differ or left_s < LEAST_S:
            return Others(same_work=len(same), unseen=tuple(differ)), tuple(reached)
        compared = in_turns(
            self.opened.against(2), ids=differ, budget_s=left_s, environment=self.environment, say=self.say
        )
        rows = compared.benchmarks
        unseen = tuple(id for id in differ if id not in {row.benchmark for row in rows})
        return Others(rows=rows, same_work=len(same), unseen=unseen), tuple(reached)


@contextlib.contextmanager
def open_trial(
    config: Config,
    repository: Repository,
    *,
    good: str,
    files: Mapping[str, str],
    suite: Suite,
    environment: Mapping[str, str],
    say: Say,
) -> Iterator[Trial]:
    """The trees of a patch, for as long as the block runs. files: what the patched tree has another content of.

    Raises MeasureError when a version can't be had.
    """
    with open_versions(
        config,
        repository,
        versions=(None, good, None),
        suite=suite,
        ids=suite.ids,
        environment=environment,
        say=say,
        patched=files,
    ) as opened:
        yield Trial(config=config, opened=opened, environment=environment, say=say, files=frozenset(files))
