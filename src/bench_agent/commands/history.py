"""The command `history`: stored runs listed, pruned, imported."""

from bench_agent.commands.options import Options, read_config
from bench_agent.commands.output import say
from bench_agent.history import importing, maintenance


def main(options: Options, _: list[str]) -> int:
    config = read_config(options)
    if options.action == "prune":
        said = maintenance.prune_history(config, keep=options.keep, imported=options.imported)
    elif options.action == "import":
        said = importing.import_results(
            config, options.files, from_git=options.from_git, format=options.format, commit=options.commit
        )
    else:
        said = maintenance.list_history(config)
    say(options, said.document, "\n".join(said.lines))
    return 0
