"""The search through a range: plans, has the tasks answered, keeps the answers, until nothing is left to measure or time is up.

What to measure is decided in `planning`; who measures is the executor's matter.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from bench_agent.backfill.journal import Journal
from bench_agent.backfill.known import Known
from bench_agent.backfill.next_tasks import Plan, Weights, plan
from bench_agent.backfill.older import older_stretch
from bench_agent.backfill.proofs import Proved
from bench_agent.backfill.stretch import Stretch, Wish
from bench_agent.records import Executor, MeasuringTask, Purpose, Say, TaskResult
from bench_agent.text import quantity

ABREAST = 3  # tasks for each that can be worked on, before it is planned again
ORDER: tuple[Purpose, ...] = (
    "count",
    "prove",
    "narrow",
    "survey",
)  # what is cheap and may explain the rest comes first
MOST_STRETCHES = 200  # the insides of merges among them; with 40, 65 of 166 in 10,000 commits (backfill_simulation)
LEAST_TASK_S = 5.0  # a task with less time is not begun


@dataclass(slots=True, kw_only=True)
class Search:
    """The state of one search; `run` fills plans."""

    stretches: list[Stretch]
    known: Known
    wish: Wish
    executor: Executor
    journal: Journal[TaskResult]
    deadline: float  # time.monotonic()
    say: Say
    branches_of: Callable[[Stretch, Proved], list[Stretch]]  # what a proved merge brought, a stretch a branch
    priors: Callable[[Stretch], Weights]
    plans: dict[int, Plan] = field(default_factory=dict)  # by the stretch's number
    out_of_time: bool = False
    interrupted: bool = False
    _told: set[tuple[str, str]] = field(default_factory=set)
    _last_told: tuple[str, int] = ("", 0)
    _branches: dict[tuple[int, str], range] = field(
        default_factory=dict
    )  # (its stretch, merge) -> the branches' stretches
    _inside: set[tuple[str, str]] = field(default_factory=set)  # (proved commit, benchmark) that were looked into
    _re_anchored: set[int] = field(default_factory=set)  # stretches of which it is known if older ones need other files

    def run(self) -> None:
        """Until all is measured that is worth it, the time is over, or Ctrl-C."""
        try:
            while self._next():
                if time.monotonic() + LEAST_TASK_S > self.deadline:
                    self.out_of_time = True
                    return
        except KeyboardInterrupt:
            self.interrupted = True
        finally:
            self._plan()  # with the answers of the last tasks

    def _next(self) -> bool:
        """Whether something was measured."""
        tasks = self._plan()
        if self._look_inside_merges() or self._re_anchor():
            tasks = self._plan()
        if not tasks:
            return False
        self._tell(tasks)
        for result in self.executor.measure(self._in_time(tasks[: max(self.executor.width, 1) * ABREAST])):
            self.journal.write(result)
            self.known.add(result)
        return not self.out_of_time

    def _in_time(self, tasks: Sequence[MeasuringTask]) -> Iterator[MeasuringTask]:
        """Each task as it is begun, with the time that is left then; none when there is too little."""
        for task in tasks:
            left_s = self.deadline - time.monotonic()
            if left_s < LEAST_TASK_S:
                self.out_of_time = True
                return
            yield replace(task, seconds=min(task.seconds, left_s))

    def _plan(self) -> list[MeasuringTask]:
        """What can be done now, of all stretches: counts first, then where most changed."""
        tasks: list[tuple[float, MeasuringTask]] = []
        for number, stretch in enumerate(self.stretches):
            known = self.known.under(stretch.files)
            self.plans[number] = found = plan(stretch, known, self.wish, self._weights(stretch, known))
            tasks += zip(found.sizes, found.tasks, strict=True)
        tasks.sort(key=lambda each: (each[1].purpose != "count", -each[0], ORDER.index(each[1].purpose)))
        return [task for _, task in tasks]

    def _weights(self, stretch: Stretch, known: Known) -> Weights:
        """Nothing before the first look: it needs none, and what the benchmarks execute is not known."""
        ends = stretch.sha(0), stretch.sha(stretch.line.last)
        is_known = all(known.is_counted(sha, benchmark) for sha in ends for benchmark in stretch.benchmarks)
        return self.priors(stretch) if is_known else {}

    def _look_inside_merges(self) -> bool:
        """Whether there is more to search inside of proved merges."""
        added = False
        for number, stretch in enumerate(list(self.stretches)):
            for proof in self.plans[number].proved:
                at = (stretch.sha(proof.position), proof.benchmark)
                if at not in self._inside:
                    self._inside.add(at)
                    added = self._look_inside(number, stretch, proof) or added
        return added

    def _look_inside(self, number: int, stretch: Stretch, proof: Proved) -> bool:
        at = number, stretch.sha(proof.position)
        known = self._branches.get(at)
        if known is not None:  # another benchmark of it; those of another pytest process have a stretch of their own
            for branch in known:
                own = self.stretches[branch]
                self.stretches[branch] = replace(own, benchmarks=(*own.benchmarks, proof.benchmark))
            return True
        inner = self.branches_of(stretch, proof) if len(self.stretches) < MOST_STRETCHES else []
        if inner:
            self._branches[at] = range(len(self.stretches), len(self.stretches) + len(inner))
            self.stretches += inner
        return bool(inner)

    def _re_anchor(self) -> bool:
        """Whether the oldest commits became a stretch of their own."""
        for number, stretch in enumerate(list(self.stretches)):
            known = self.known.under(stretch.files)
            shas = stretch.shas(stretch.survey)
            is_counted = all(known.is_counted(sha, benchmark) for sha in shas for benchmark in stretch.benchmarks)
            if number in self._re_anchored or not is_counted or len(self.stretches) >= MOST_STRETCHES:
                continue
            self._re_anchored.add(number)
            older = older_stretch(stretch, known)
            if older is not None:
                self.stretches.append(older)
                self.say(
                    f"up to {older.anchor[:8]} the newest benchmark files can't be imported: those of that commit are tried there"
                )
                return True
        return False

    def _tell(self, tasks: Sequence[MeasuringTask]) -> None:
        """What was proved since the last time, and what is still searched for."""
        for number, stretch in enumerate(self.stretches):
            for proof in self.plans[number].proved:
                at = (stretch.sha(proof.position), proof.benchmark)
                if at not in self._told:
                    self._told.add(at)
                    name = proof.benchmark.rsplit("::", 1)[-1]
                    self.say(f"{at[0][:8]} changed {name} by {quantity.change(proof.step.ratio)}")
        left = f"{self.known.sessions} sessions, {max(self.deadline - time.monotonic(), 0):.0f} s left"
        places = {(number, move.gap) for number, plan in self.plans.items() for move in plan.open}
        looks = f"{quantity.counted(len(tasks), 'set')} of commits to look at"
        what = f"{quantity.counted(len(places), 'place')} to search" if places else looks
        if (what, len(self._told)) != self._last_told:
            self._last_told = (what, len(self._told))
            self.say(f"{what}, {left}")
