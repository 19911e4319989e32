"""The command `baseline`: targets and accepted levels shown, set, accepted."""

from collections.abc import Sequence

from bench_agent.commands.options import Options, read_config
from bench_agent.commands.output import say, write_file
from bench_agent.config import TARGET_KEYS
from bench_agent.errors import UsageError
from bench_agent.history.targets import accept_levels, set_target, show_targets
from bench_agent.text.clean import clean_text


def main(options: Options, _: list[str]) -> int:
    config = read_config(options)
    path = config.root / config.baseline
    if options.action == "show":
        shown = show_targets(config)
        say(options, shown.document, "\n".join(shown.lines))
        return 0
    if options.action == "accept":
        new = accept_levels(config, options.benchmark, because=options.because)
    else:
        new = set_target(config, options.benchmark, _key_values(options.values))
    if not path.resolve().is_relative_to(config.root.resolve()):
        raise UsageError(
            f"{config.baseline} leads out of the project, and is not written", hint="it is a link: remove it"
        )
    write_file(str(path), new.text)
    words = [*new.changes, f"written to {config.baseline}: review and commit it"]
    say(options, {"written": config.baseline, "changes": new.changes}, "\n".join(words))
    return 0


def _key_values(pairs: Sequence[str]) -> dict[str, float]:
    values = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if key not in TARGET_KEYS or not equals:
            raise UsageError(
                f"`{clean_text(pair)}` is not a setting", hint="p95_ms=50, max_regression=0.2 or peak_mb=180"
            )
        try:
            values[key] = float(text)
        except ValueError:
            raise UsageError(
                f"`{clean_text(pair)}`: `{clean_text(text)}` is not a number", hint="such as p95_ms=50"
            ) from None
        if not 0 < values[key] < 1e12:
            raise UsageError(f"`{clean_text(pair)}` must be above 0", hint="such as p95_ms=50 or max_regression=0.2")
    return values
