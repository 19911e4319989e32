"""One patch put to the proof, the cheap ways first: its text, the first calls, the project's tests, measuring in turns.

Takes a patch and returns an Attempt, with the evidence of one that passed everything. What each step means is
decided in `patch_verdict` and `rules`; the trees and processes are those of `compare/trial`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bench_agent.compare.trial import Others, Trial, open_trial
from bench_agent.compare.versions import PATCHED, WORKING_TREE
from bench_agent.errors import BenchAgentError
from bench_agent.fix import patch_verdict
from bench_agent.fix.attempts import MAX_MUTANTS, MEASURE_S, OTHERS_S, FailedError, Setting
from bench_agent.fix.edits import Patch
from bench_agent.fix.project_tests import Tested
from bench_agent.fix.rules import changed_functions, constants_of, faults_of, new_constants
from bench_agent.measure.paired.first_calls import FirstCalls
from bench_agent.measure.paired.same_process import root_in
from bench_agent.results.fix import Attempt
from bench_agent.results.verification import Verified
from bench_agent.suspects.reached_code import owner_of
from bench_agent.text.clean import clean_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    attempt: Attempt
    evidence: tuple[str, ...] = ()
    verified: Verified | None = None


def prove(patch: Patch, setting: Setting) -> Proof:
    """The attempt with its outcome. Nothing of the patch is run before its text has passed the rules."""
    files = tuple(sorted(patch.after))
    try:
        return _Prover(patch, setting).prove()
    except FailedError as failed:
        return Proof(attempt=Attempt(outcome=failed.outcome, reasons=failed.reasons, files=files))
    except BenchAgentError as error:
        reason = f"it could not be measured: {error.message}"
        return Proof(attempt=Attempt(outcome="not_measured", reasons=(clean_text(reason, limit=400),), files=files))


class _Prover:
    """The steps of one proof, in order; each ends it with FailedError."""

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
            tests, noticed = Tested(self._patch, setting, trial, self._changed, self._benchmark_file()).passes(calls)
            verified = self._gain_passes(trial)
            others, equal = self._others_pass(trial, calls)
        evidence = patch_verdict.evidence_of(
            verified, others, tests=sorted(tests), noticed=noticed, equal_results=equal
        )
        attempt = Attempt(outcome="shown", files=tuple(sorted(self._patch.after)))
        return Proof(attempt=attempt, evidence=evidence, verified=verified)

    def _at_good(self) -> dict[str, str]:
        found = {}
        for path in self._patch.after:
            data = self._setting.repository.show_file(self._case.claim.good, path)
            if data is not None:
                found[path] = data.decode("utf-8", "replace")
        return found

    # --- steps

    def _text_passes(self) -> None:
        own = {part for path in self._case.sources for part in path.split("/")[:-1]}
        own |= {path.rpartition("/")[2].removesuffix(".py") for path in self._case.changeable}
        own -= {"tests", "test", "benchmark", "benchmarks", "conftest"}
        faults = faults_of(self._patch, self._good, own_modules=own)
        if not self._changed:
            faults.append("it changes no function: no test can be tied to what it does")
        self._setting.require("refused", faults)

    def _calls_pass(self, trial: Trial) -> dict[str, FirstCalls]:
        calls = trial.first_calls(self._id)
        if not calls or not all(each.complete for each in calls.values()):
            raise FailedError("not_measured", ["the benchmark fails with it, or its calls are too long to be counted"])
        benchmark = self._case.sources.get(self._benchmark_file(), "")
        facts = {fact for label, each in calls.items() if label != PATCHED for fact in each.facts}
        facts |= constants_of(benchmark)
        self._setting.require(
            "refused", patch_verdict.faults_of_constants(new_constants(self._patch, self._good), facts)
        )
        executed = {owner_of(key) for key in calls[WORKING_TREE].functions}
        strange = [key for key in self._changed if key not in executed]
        self._setting.require(
            "refused", [f"the benchmark does not execute {clean_text(key)}, which it changes" for key in strange]
        )
        self._setting.require("other_result", patch_verdict.faults_of_results(calls))
        self._setting.require("not_first", patch_verdict.faults_of_first_call(calls))
        return calls

    def _benchmark_file(self) -> str:
        top = self._setting.repository.root.resolve()
        process = self._setting.suite.process_of(self._id)
        return str(root_in(process, top, self._setting.config.root.resolve()) / self._id.partition("::")[0])

    def _gain_passes(self, trial: Trial) -> Verified:
        self._setting.say("measuring it in turns with the code before and after the slowdown")
        verified = trial.measure(self._case.claim, budget_s=max(self._setting.left_s(MEASURE_S), 1.0))
        self._setting.require("no_help", patch_verdict.faults_of_gain(verified, self._setting.asked_share))
        return verified

    def _others_pass(self, trial: Trial, calls: Mapping[str, FirstCalls]) -> tuple[Others, int]:
        """The other benchmarks; and how many, this one with them, give the same results."""
        ids = [id for id in self._setting.suite.ids if id != self._id]
        equal = int(patch_verdict.has_result(calls))
        if not ids:
            return Others(), equal
        self._setting.say("looking at the other benchmarks")
        others, reached = trial.others(ids, budget_s=max(self._setting.left_s(OTHERS_S), 1.0))
        self._setting.require("slows", patch_verdict.faults_of_others(others, self._setting.names))
        for id in reached[:MAX_MUTANTS]:
            more = trial.first_calls(id)
            if more:
                self._setting.require("other_result", patch_verdict.faults_of_results(more))
                self._setting.require("not_first", patch_verdict.faults_of_first_call(more))
                equal += patch_verdict.has_result(more)
        return others, equal
