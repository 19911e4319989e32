"""The command `explain`: the newest report in prose, written by a model that may use checked facts only."""

import os

from bench_agent.commands.options import Options, read_config
from bench_agent.commands.output import refuse_in_git, say, write_file
from bench_agent.errors import UsageError
from bench_agent.history import load
from bench_agent.results.explanation import to_json


def main(options: Options, _: list[str]) -> int:
    """Print the explanation; 2 without a key. What the model may not say is never printed: then the report's own text is."""
    from bench_agent.explain import explain
    from bench_agent.explain.api_key import KEY, has_key
    from bench_agent.explain.prices import DEFAULT_MODEL

    if options.out and options.out != "-":
        refuse_in_git(options.out)  # before anything is paid for
    config = read_config(options)
    report = load.latest_report(config)
    model = options.model or config.model or DEFAULT_MODEL
    if options.dry_run:
        text = explain.dry_run(report, model=model)
        say(options, {"dry_run": True, "model": model, "text": text}, text)
        return 0
    if not has_key(os.environ):
        raise UsageError(
            f"explain asks a model, and {KEY} is not set",
            hint="set it; --dry-run shows what would be sent, `bench-agent report` what is known without a model",
        )
    explained = explain.explain(report, model=model)
    text = explained.text + "\n"
    if not explained.by_model:
        text += f"\nNo model's words: {explained.rejected[0]}\n"
    if line := explain.footer(explained):
        text += f"\n{line}\n"
    if options.out:
        write_file(options.out, text)
    elif options.json:
        print(to_json(explained))
    else:
        print(text, end="")
    return 0
