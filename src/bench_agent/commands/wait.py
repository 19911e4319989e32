"""The command `wait`, and what `run` does while a worker measures: follow it until it ends or the time to wait is over."""

import json
import os
import sys

from bench_agent.commands import background
from bench_agent.commands.options import Options, read_config
from bench_agent.history.store import Store
from bench_agent.results import plain
from bench_agent.results.report import Progress, Report, RunInfo, Summary
from bench_agent.results.report_json import to_json
from bench_agent.text.clean import clean_text


def follow_run(store: Store, run_id: str, *, as_json: bool) -> int:
    limit_s = background.wait_limit_s(os.environ)
    ended = background.follow(
        store, run_id, limit_s=limit_s, on_talk=lambda line: print(line, file=sys.stderr, flush=True)
    )
    if ended is not None:
        sys.stdout.write(ended.stdout)
        return ended.exit_code
    state = background.describe_running(store, run_id)
    answer: Progress = {
        "run_id": run_id,
        "done": state.done if state else 0,
        "of": state.of if state else None,
        "current": clean_text(state.current) if state and state.current else None,
        "estimate_s": state.estimate_s if state else None,
        "next_command": f"bench-agent wait {run_id}" + (" --json" if as_json else ""),
    }
    headline = f"still running: {answer['done']} of {answer['of'] or '?'} benchmarks done"
    if as_json:
        command = state.command if state else ""
        info = RunInfo(run_id=run_id, started_at="", seconds=0.0, command=command, quick=False)
        running = Report(status="running", run=info, summary=Summary(headline=headline))
        print(plain.to_json({**json.loads(to_json(running)), **answer}))
    else:
        print(f"{headline}; go on with: {answer['next_command']}")
    return 0


def main(options: Options, _: list[str]) -> int:
    store = Store(read_config(options).state_dir)
    return follow_run(store, options.run_id or background.newest_waitable(store), as_json=options.json)
