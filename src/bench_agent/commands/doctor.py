"""The command `doctor`: whether the suite can be measured, and what to do first."""

import os
import sys
from pathlib import Path

from bench_agent.commands.options import Options
from bench_agent.commands.output import is_terminal, screen_of
from bench_agent.project import find_root


def main(options: Options, _: list[str]) -> int:
    from bench_agent.doctor.examine import examine
    from bench_agent.doctor.rules import diagnose
    from bench_agent.render.checkup import render_checkup
    from bench_agent.render.progress import telling
    from bench_agent.results.checkup import to_json

    with telling(sys.stderr, live=is_terminal(sys.stderr), screen=screen_of(sys.stderr)) as say_what:
        facts = examine(Path(find_root(str(Path.cwd()))), environment=os.environ, say=say_what)
    checkup = diagnose(facts)
    if options.json:
        print(to_json(checkup))
    else:
        sys.stdout.write(render_checkup(checkup, screen_of(sys.stdout)))
    return 0
