"""The project with other packages against the project as it is: what an upgrade cost, before or after it is made.

Both sides are copies of the working tree. The base runs on an environment of ours that holds the named packages, on top of the
suite's own; nothing is installed into that.
"""

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bench_agent.compare.revisions import in_turns
from bench_agent.compare.versions import two_sides
from bench_agent.config import Config
from bench_agent.measure.paired.side import Side
from bench_agent.records import Say, Suite
from bench_agent.results.comparison import Comparison
from bench_agent.system.environments import Environment, install, look_at, make_environment
from bench_agent.system.git import Repository
from bench_agent.system.worktree_home import home_of
from bench_agent.text.clean import clean_text

AS_IT_IS = "as installed"


def compare_packages(
    config: Config,
    repository: Repository,
    *,
    packages: Sequence[str],
    suite: Suite,
    ids: Sequence[str],
    budget_s: float,
    environment: Mapping[str, str],
    say: Say,
) -> Comparison:
    """Measure the working tree with the suite's packages against itself with `packages` ("pkg==1.2") in their place.

    "Slower" means that what is installed now is slower than what was named. Raises MeasureError when they can't be installed.
    """
    named = ", ".join(packages)
    with two_sides(
        config, repository, base=None, head=None, suite=suite, ids=ids, environment=environment, say=say
    ) as sides:
        present = sides.pairs[0].base
        folder = home_of(repository, room="packages") / _key(packages, present)
        say(f"installing {clean_text(named, limit=80)} beside the suite's packages")
        try:
            own, installed = _make(folder, packages, present, environment)
            pairs = tuple(
                replace(
                    pair,
                    base=replace(
                        pair.base,
                        label=f"with {clean_text(named, limit=60)}",
                        python=(own.python, *pair.base.python[1:]),
                        env={**pair.base.env, **own.activated(pair.base.environment or environment)},
                    ),
                    head=replace(pair.head, label=AS_IT_IS),
                )
                for pair in sides.pairs
            )
            with_packages = replace(sides, pairs=pairs, restore_base=None)
            comparison = in_turns(with_packages, ids=ids, budget_s=budget_s, environment=environment, say=say)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    note = (
        f"base: {clean_text(', '.join(installed), limit=300)} in place of what is installed"
        if installed
        else (f"{clean_text(named)} is what is installed already: both sides are the same")
    )
    return replace(comparison, warnings=(note, *comparison.warnings))


def _make(
    folder: Path, packages: Sequence[str], side: Side, environment: Mapping[str, str]
) -> tuple[Environment, tuple[str, ...]]:
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    own = make_environment(look_at(side.python[0]), folder)
    return own, tuple(name for name in install(own, packages, environment) if not name.startswith("pip=="))


def _key(packages: Sequence[str], side: Side) -> str:
    return hashlib.sha256("\0".join((*packages, *side.python)).encode()).hexdigest()[:24]
