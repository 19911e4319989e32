"""`python -m bench_agent` and the installed `bench-agent`: the command line, nothing else."""

import sys


def main() -> None:
    from bench_agent.cli import main as run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
