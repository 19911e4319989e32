"""The command `detect`: the gate over stored history."""

from bench_agent.commands.options import Options, read_config
from bench_agent.errors import UsageError
from bench_agent.report.gate_history import run_gate
from bench_agent.results import plain


def main(options: Options, _: list[str]) -> int:
    config = read_config(options)
    percent = config.threshold * 100 if options.threshold is None else options.threshold
    consecutive = config.consecutive if options.consecutive is None else options.consecutive
    if not 0 < percent < 1e9 or consecutive < 1:  # nan too, which no slowdown would ever be above
        raise UsageError(
            "--threshold must be above 0 and --consecutive at least 1", hint="such as --threshold 20 --consecutive 3"
        )
    gate = run_gate(config, threshold=percent / 100, consecutive=consecutive)
    if options.json:
        print(plain.to_json(plain.document(gate.published())))
    else:
        print("\n".join(gate.in_words()))
    return int(bool(gate.flagged or gate.memory))
