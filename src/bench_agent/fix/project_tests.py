"""One patch before the project's own tests: they pass, they look at what it changes, and they would miss what it leaves out.

Takes a patch and its open trees; ends the attempt with FailedError where the tests don't prove it. Which versions have something
left out is decided in `mutants`, what a run proves in `patch_verdict`.
"""

from collections.abc import Mapping, Sequence

from bench_agent.compare.trial import Trial
from bench_agent.fix import mutants, patch_verdict
from bench_agent.fix.affected import affected_tests
from bench_agent.fix.attempts import CHECK_S, MAX_LOST, MAX_MUTANTS, FailedError, Setting
from bench_agent.fix.edits import Patch
from bench_agent.fix.paths import new_functions, new_lines
from bench_agent.measure.paired.first_calls import FirstCalls
from bench_agent.measure.watched_tests import TestRun
from bench_agent.suspects.reached_code import split_key
from bench_agent.text.clean import clean_text


class Tested:
    """The runs of the tests, with and without the patch, and with something left out of either."""

    def __init__(
        self, patch: Patch, setting: Setting, trial: Trial, changed: Sequence[str], benchmark_file: str
    ) -> None:
        """changed: keys of the functions that the patch changes."""
        self._patch, self._setting, self._trial, self._case = patch, setting, trial, setting.case
        self._id = setting.case.claim.id
        self._changed = tuple(changed)
        added = (
            f"{path}::{name}" for path, text in patch.after.items() for name in new_functions(patch.before[path], text)
        )
        self._watched = (*self._changed, *added)
        tests = affected_tests(self._case.sources, self._changed, benchmark=benchmark_file)
        self._files = [trial.path_at_root(self._id, path) for path in tests]

    def passes(self, calls: Mapping[str, FirstCalls]) -> tuple[frozenset[str], int]:
        """The tests that enter what is changed; and how many of them fail where its work is left out, at least.

        Raises FailedError.
        """
        self._setting.say(f"running the tests that name what it changes ({len(self._files)} files)")
        before = self._run(patched=False)
        if before.exit_code is None or (not before.told and before.exit_code != 0):
            raise FailedError("not_measured", [f"the check does not pass without it: {before.last_line}"])
        if before.wrong:
            raise FailedError("not_measured", [f"the tests ran another copy of the code ({before.wrong[0]})"])
        covered = patch_verdict.covering(before, self._changed)
        bare = [key for key, own in covered.items() if not own] if before.told else []
        self._setting.require("untested", [f"untested: no passing test enters {clean_text(key)}" for key in bare])
        after = self._run(patched=True)
        self._setting.require("tests_failed", patch_verdict.faults_of_tests(before, after))
        if after.told:
            left = patch_verdict.untaken(after, self._new_lines(), benchmarks=self._setting.suite.ids)
            self._setting.require(
                "untested", [f"untested: no test but benchmarks executes {clean_text(line)}" for line in left[:3]]
            )
        noticed = [self._noticed_empty(after, key) for key in self._changed[:MAX_MUTANTS]]
        self._nothing_is_lost(before, calls)
        return frozenset().union(*covered.values()), min(noticed, default=0)

    def _new_lines(self) -> set[str]:
        return {
            f"{path}:{line}"
            for path, text in self._patch.after.items()
            for line in new_lines(self._patch.before[path], text)
        }

    def _run(self, *, patched: bool) -> TestRun:
        left_s = self._setting.left_s(CHECK_S)
        if left_s <= 0:
            raise FailedError("not_measured", ["the time ended before it was proved (--budget)"])
        return self._trial.run_tests(
            self._id, patched=patched, tests=self._files, watched=self._watched, timeout_s=left_s
        )

    def _noticed_empty(self, passing: TestRun, key: str) -> int:
        """How many tests fail where that function of the patched code does nothing. Ends the proof where none does."""
        path, name = split_key(key)
        mutant = mutants.without_work(self._patch.after[path], name)
        lost = self._notice(passing, path, mutant, patched=True)
        self._setting.require(
            "untested", [] if lost else [f"untested: no test notices when {clean_text(key)} does nothing"]
        )
        return lost

    def _notice(self, passing: TestRun, path: str, mutant: str | None, *, patched: bool) -> int:
        """How many tests fail with another content of that file."""
        if mutant is None:
            return 0
        with self._trial.changed(self._id, path, mutant, patched=patched):
            run = self._run(patched=patched)
        lost = len(passing.passed - run.passed) if run.told else 0
        return lost or int(run.exit_code != passing.exit_code)

    def _nothing_is_lost(self, before: TestRun, calls: Mapping[str, FirstCalls]) -> None:
        """What the code does before the patch and not with it must be something that a test would have missed."""
        left_out = self._left_out(calls)
        self._setting.require(
            "untested", ["it leaves out more than can be looked at"] if len(left_out) > MAX_LOST else []
        )
        for path, mutant, what in left_out:
            if not self._notice(before, path, mutant, patched=False):
                reason = f"untested: it leaves out {clean_text(what)}, and no test would notice if that were wrong"
                raise FailedError("untested", [reason])

    def _left_out(self, calls: Mapping[str, FirstCalls]) -> list[tuple[str, str | None, str]]:
        """(file, its content without what the patch leaves out, what that is)."""
        found: list[tuple[str, str | None, str]] = []
        for key in self._changed:
            path, name = split_key(key)
            before, after = self._patch.before[path], self._patch.after[path]
            found += [
                (path, mutants.without_call(before, name, call), f"the call of {call}() in {name}")
                for call in mutants.lost_calls(before, after, name)
            ]
            if mutants.raises(after, name) < mutants.raises(before, name):
                found.append((path, mutants.without_raises(before, name), f"an error that {name} raises"))
        for key in patch_verdict.dropped_functions(calls, self._changed):
            path, name = split_key(key)
            text = self._case.sources.get(path, "")
            results = dict.fromkeys(("None", mutants.first_argument(text, name) or "None"))
            found += [(path, mutants.without_work(text, name, gives=given), f"the work of {name}") for given in results]
        return found
