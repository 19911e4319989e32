"""A proved slowdown mended: a model proposes, we prove; what is not proved is not shown.

Takes a case and how much may be spent; returns a Fix. The user's tree is read and never written.
"""

import time
from collections.abc import Mapping
from dataclasses import replace

from bench_agent.config import Config
from bench_agent.explain.api_key import without_key
from bench_agent.explain.prices import cost, estimated, told
from bench_agent.fix.attempts import Setting
from bench_agent.fix.conversation import Conversation, Limits
from bench_agent.fix.material import Case
from bench_agent.fix.patch_verdict import given_back
from bench_agent.fix.prompt import TOOLS, system_prompt, user_prompt
from bench_agent.fix.proof import prove
from bench_agent.records import Say, Suite
from bench_agent.results.explanation import Usage
from bench_agent.results.fix import Attempt, Fix
from bench_agent.system.git import Repository
from bench_agent.text.clean import short_sha

SHARE = 0.5  # of the slowdown that a patch gives back, without --share: less is not worth a review
ANSWERED = 16_000  # tokens of answers, for the highest price that is told before: patches are a tenth of what is read


def fix(
    config: Config,
    repository: Repository,
    case: Case,
    *,
    suite: Suite,
    names: Mapping[str, str],
    model: str,
    asked_share: float,
    limits: Limits,
    environment: Mapping[str, str],
    say: Say,
) -> Fix:
    """Ask and prove until a patch passes or a limit is reached. Raises KeyRefusedError."""
    began = time.monotonic()
    deadline = began + limits.seconds
    setting = Setting(
        case=case,
        config=config,
        repository=repository,
        suite=suite,
        names=names,
        asked_share=asked_share,
        deadline=deadline,
        environment=without_key(environment),
        say=say,
    )
    conversation = Conversation(case, model=model, asked_share=asked_share, limits=limits, deadline=deadline)
    found = _empty(case, model, asked_share)
    attempts: list[Attempt] = []
    while len(attempts) < limits.attempts and (patch := conversation.next_patch(say)) is not None:
        proof = prove(patch, setting)
        attempts.append(proof.attempt)
        if proof.verified is not None:
            found = replace(
                found,
                patch=patch.diff,
                evidence=proof.evidence,
                verified=proof.verified,
                given_back=given_back(proof.verified),
            )
            break
        say(f"attempt {len(attempts)}: {proof.attempt.reasons[0]}")
        conversation.refuse(list(proof.attempt.reasons))
    stopped = "" if found.patch else conversation.stopped or f"{limits.attempts} attempts are used up"
    return replace(
        found,
        attempts=tuple(attempts),
        stopped=stopped,
        usage=conversation.usage,
        cost=cost(model, conversation.usage),
        seconds=time.monotonic() - began,
    )


def _empty(case: Case, model: str, asked_share: float) -> Fix:
    return Fix(
        benchmark=case.claim.name,
        id=case.claim.id,
        culprit=short_sha(case.culprit.sha),
        good=short_sha(case.claim.good),
        asked_share=asked_share,
        model=model,
    )


def spending(model: str, limits: Limits) -> str:
    """What may be spent at most, in a sentence, for who decides whether to start."""
    most = Usage(written=limits.tokens - ANSWERED, answered=ANSWERED)
    return (
        f"at most {limits.attempts} patches, {limits.calls} calls, {limits.tokens:,} tokens ({told(cost(model, most))} with "
        f"{model}) and {limits.seconds:.0f} s"
    )


def dry_run(case: Case, *, model: str, asked_share: float, limits: Limits) -> str:
    """What would be sent first, the tools, and what it may cost. Calls nothing."""
    system, user = system_prompt(), user_prompt(case, asked_share=asked_share)
    tools = "\n".join(f"{tool['name']}: {tool['description']}" for tool in TOOLS)
    first = estimated(system, user, str(TOOLS), answered=300)
    return (
        f"--- system\n{system}\n\n--- user\n{user}\n\n--- tools\n{tools}\n\n--- the first call: about {first.given:,} tokens in, "
        f"{told(cost(model, first))}; {spending(model, limits)}"
    )
