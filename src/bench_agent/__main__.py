"""`python -m bench_agent` and the installed `bench-agent`: the command line, nothing else."""

import sys


def main() -> None:
    try:
        from bench_agent.cli import main as run
        from bench_agent.system import alive

        alive.is_program = True

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # before or after `cli` could say so: only the exit code is left to tell
        code = 130
    # Python notes a KeyboardInterrupt that leaves an `exec` of text, as dataclasses do on import, and ends by SIGINT then, whatever
    # exit code it is given: whoever started us sees -2 instead of 130. The next `exec` takes the note away.
    exec("")
    sys.exit(code)


if __name__ == "__main__":
    main()
