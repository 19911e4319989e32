"""One patch put to the proof, the cheap ways first: its text, the first calls, the project's tests, measuring in turns.

Takes a patch and returns an Attempt, with the evidence of one that passed everything. What each step means is decided in `judge`
and `rules`; the trees and processes are those of `compare/trial`.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench_agent.compare.trial import Others, Trial, open_trial
from bench_agent.compare.versions import WORKING_TREE
from bench_agent.config import Config
from bench_agent.errors import BenchAgentError
from bench_agent.fix import judge, mutants
from bench_agent.fix.affected import affected_tests
from bench_agent.fix.edits import Patch
from bench_agent.fix.material import Case
from bench_agent.fix.rules import changed_functions, constants_of, faults_of, new_constants
from bench_agent.measure.paired.first_calls import FirstCalls
from bench_agent.measure.paired.same_process import root_in
from bench_agent.measure.watched_tests import TestRun
from bench_agent.records import Say, Suite
from bench_agent.results.fix import Attempt, AttemptOutcome
from bench_agent.results.verification import Verified
from bench_agent.suspects.reach import owner_of, split_key
from bench_agent.system.git import Repository
from bench_agent.text.clean import clean_text

CHECK_S = 120.0  # for one run of the tests
MEASURE_S = 60.0  # for measuring in turns, at most
OTHERS_S = 30.0  # for the other benchmarks, at most
MAX_MUTANTS = 6  # functions whose work is left out to see whether a test notices; more than a patch of a person changes
MAX_LOST = 12  # things that a patch leaves out of which each must be noticed; with more it is refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What all attempts share."""

    case: Case
    config: Config
    repository: Repository
    suite: Suite
    names: Mapping[str, str]  # benchmark id -> what people call it
    asked_share: float
    deadline: float  # of time.monotonic(), for everything
    environment: Mapping[str, str]
    say: Say

    def left_s(self, most_s: float) -> float:
        return min(most_s, self.deadline - time.monotonic())


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    attempt: Attempt
    evidence: tuple[str, ...] = ()
    verified: Verified | None = None


class _FailedError(Exception):
    """A patch that is not shown, and why."""

    def __init__(self, outcome: AttemptOutcome, reasons: Sequence[str]) -> None:
        super().__init__(outcome)
        self.outcome, self.reasons = outcome, tuple(reasons)


def prove(patch: Patch, setting: Setting) -> Proof:
    """The attempt with its outcome. Nothing of the patch is run before its text has passed the rules."""
    files = tuple(sorted(patch.after))
    try:
        return _Prover(patch, setting).prove()
    except _FailedError as failed:
        return Proof(attempt=Attempt(outcome=failed.outcome, reasons=failed.reasons, files=files))
    except BenchAgentError as error:
        reason = f"it could not be measured: {error.message}"
        return Proof(attempt=Attempt(outcome="not_measured", reasons=(clean_text(reason, limit=400),), files=files))


class _Prover:
    """The steps of one proof, in order; each ends it with _FailedError."""

    def __init__(self, patch: Patch, setting: Setting) -> None:
        self._patch, self._setting, self._case = patch, setting, setting.case
        self._id = setting.case.claim.id
        self._good = self._at_good()
        self._changed = tuple(
            f"{path}::{name}"
            for path in patch.after
            for name in changed_functions(patch.before[path], patch.after[path])
        )

    def prove(self) -> Proof:
        setting = self._setting
        self._text_passes()
        setting.say("the patch keeps the rules: trying it in a tree of its own")
        with open_trial(
            setting.config,
            setting.repository,
            good=self._case.claim.good,
            files=self._patch.after,
            suite=setting.suite,
            environment=setting.environment,
            say=setting.say,
        ) as trial:
            calls = self._calls_pass(trial)
            tests, noticed = self._tests_pass(trial, calls)
            verified = self._gain_passes(trial)
            others, equal = self._others_pass(trial, calls)
        evidence = judge.evidence_of(verified, others, tests=sorted(tests), noticed=noticed, equal_results=equal)
        attempt = Attempt(outcome="shown", files=tuple(sorted(self._patch.after)))
        return Proof(attempt=attempt, evidence=evidence, verified=verified)

    def _at_good(self) -> dict[str, str]:
        found = {}
        for path in self._patch.after:
            data = self._setting.repository.show_file(self._case.claim.good, path)
            if data is not None:
                found[path] = data.decode("utf-8", "replace")
        return found

    def _require(self, outcome: AttemptOutcome, faults: Sequence[str]) -> None:
        if faults:
            raise _FailedError(outcome, faults)
        if time.monotonic() > self._setting.deadline:
            raise _FailedError("not_measured", ["the time ended before it was proved (--budget)"])

    # --- steps

    def _text_passes(self) -> None:
        own = {part for path in self._case.sources for part in path.split("/")[:-1]}
        own |= {path.rpartition("/")[2].removesuffix(".py") for path in self._case.changeable}
        own -= {"tests", "test", "benchmark", "benchmarks", "conftest"}
        faults = faults_of(self._patch, self._good, own_modules=own)
        if not self._changed:
            faults.append("it changes no function: no test can be tied to what it does")
        self._require("refused", faults)

    def _calls_pass(self, trial: Trial) -> dict[str, FirstCalls]:
        calls = trial.first_calls(self._id)
        if not calls or not all(each.complete for each in calls.values()):
            raise _FailedError("not_measured", ["the benchmark fails with it, or its calls are too long to be counted"])
        benchmark = self._case.sources.get(self._benchmark_file(), "")
        facts = {fact for each in calls.values() for fact in each.facts} | constants_of(benchmark)
        self._require("refused", judge.faults_of_constants(new_constants(self._patch, self._good), facts))
        executed = {owner_of(key) for key in calls[WORKING_TREE].functions}
        strange = [key for key in self._changed if key not in executed]
        self._require(
            "refused", [f"the benchmark does not execute {clean_text(key)}, which it changes" for key in strange]
        )
        self._require("other_result", judge.faults_of_results(calls))
        self._require("not_first", judge.faults_of_first_call(calls))
        return calls

    def _benchmark_file(self) -> str:
        top = self._setting.repository.root.resolve()
        process = self._setting.suite.process_of(self._id)
        return str(root_in(process, top, self._setting.config.root.resolve()) / self._id.partition("::")[0])

    def _tests_pass(self, trial: Trial, calls: Mapping[str, FirstCalls]) -> tuple[frozenset[str], int]:
        """The tests that enter what is changed; and how many of them fail where its work is left out, at least."""
        tests = affected_tests(self._case.sources, self._changed, benchmark=self._benchmark_file())
        files = [trial.path_at_root(self._id, path) for path in tests]
        self._setting.say(f"running the tests that name what it changes ({len(files)} files)")
        before = self._run(trial, files, patched=False)
        if before.exit_code is None or (not before.told and before.exit_code != 0):
            raise _FailedError("not_measured", [f"the check does not pass without it: {before.last_line}"])
        covered = judge.covering(before, self._changed)
        bare = [key for key, own in covered.items() if not own] if before.told else []
        self._require("untested", [f"untested: no passing test enters {clean_text(key)}" for key in bare])
        after = self._run(trial, files, patched=True)
        self._require("tests_failed", judge.faults_of_tests(before, after))
        noticed = [self._noticed_empty(trial, after, files, key) for key in self._changed[:MAX_MUTANTS]]
        self._nothing_is_lost(trial, before, files, calls)
        return frozenset().union(*covered.values()), min(noticed, default=0)

    def _run(self, trial: Trial, files: Sequence[str], *, patched: bool) -> TestRun:
        left_s = self._setting.left_s(CHECK_S)
        if left_s <= 0:
            raise _FailedError("not_measured", ["the time ended before it was proved (--budget)"])
        return trial.run_tests(self._id, patched=patched, tests=files, watched=self._changed, timeout_s=left_s)

    def _noticed_empty(self, trial: Trial, passing: TestRun, files: Sequence[str], key: str) -> int:
        """How many tests fail where that function of the patched code does nothing. Ends the proof where none does."""
        path, name = split_key(key)
        mutant = mutants.without_work(self._patch.after[path], name)
        lost = self._notice(trial, passing, files, path, mutant, patched=True)
        self._require("untested", [] if lost else [f"untested: no test notices when {clean_text(key)} does nothing"])
        return lost

    def _notice(
        self, trial: Trial, passing: TestRun, files: Sequence[str], path: str, mutant: str | None, *, patched: bool
    ) -> int:
        """How many tests fail with another content of that file."""
        if mutant is None:
            return 0
        with trial.changed(self._id, path, mutant, patched=patched):
            run = self._run(trial, files, patched=patched)
        lost = len(passing.passed - run.passed) if run.told else 0
        return lost or int(run.exit_code != passing.exit_code)

    def _nothing_is_lost(
        self, trial: Trial, before: TestRun, files: Sequence[str], calls: Mapping[str, FirstCalls]
    ) -> None:
        """What the code does before the patch and not with it must be something that a test would have missed."""
        left_out = self._left_out(calls)
        self._require("untested", ["it leaves out more than can be looked at"] if len(left_out) > MAX_LOST else [])
        for path, mutant, what in left_out:
            if not self._notice(trial, before, files, path, mutant, patched=False):
                reason = f"untested: it leaves out {clean_text(what)}, and no test would notice if that were wrong"
                raise _FailedError("untested", [reason])

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
        for key in judge.dropped_functions(calls, self._changed):
            path, name = split_key(key)
            text = self._case.sources.get(path, "")
            results = dict.fromkeys(("None", mutants.first_argument(text, name) or "None"))
            found += [(path, mutants.without_work(text, name, gives=given), f"the work of {name}") for given in results]
        return found

    def _gain_passes(self, trial: Trial) -> Verified:
        self._setting.say("measuring it in turns with the code before and after the slowdown")
        verified = trial.measure(self._case.claim, budget_s=max(self._setting.left_s(MEASURE_S), 1.0))
        self._require("no_help", judge.faults_of_gain(verified, self._setting.asked_share))
        return verified

    def _others_pass(self, trial: Trial, calls: Mapping[str, FirstCalls]) -> tuple[Others, int]:
        """The other benchmarks; and how many, this one with them, give the same results."""
        ids = [id for id in self._setting.suite.ids if id != self._id]
        equal = int(judge.has_result(calls))
        if not ids:
            return Others(), equal
        self._setting.say("looking at the other benchmarks")
        others, reached = trial.others(ids, self._changed, budget_s=max(self._setting.left_s(OTHERS_S), 1.0))
        self._require("slows", judge.faults_of_others(others, self._setting.names))
        for id in reached[:MAX_MUTANTS]:
            more = trial.first_calls(id)
            if more:
                self._require("other_result", judge.faults_of_results(more))
                self._require("not_first", judge.faults_of_first_call(more))
                equal += judge.has_result(more)
        return others, equal
