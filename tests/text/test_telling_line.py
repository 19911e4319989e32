import pytest

from bench_agent.text.telling_line import telling_line

PIP = """\
  error: subprocess-exited-with-error

  × Getting requirements to build wheel did not run successfully.
  │ exit code: 1
  ╰─> [94 lines of output]
      ValueError: invalid pyproject.toml config: `project.license`.
      one of:
          - text
      [end of output]

  note: This error originates from a subprocess, and is likely not a problem with pip.
error: subprocess-exited-with-error
╰─> See above for output.

note: This error originates from a subprocess, and is likely not a problem with pip.
"""
GCC = """\
building 'fast' extension
fast.c:3:10: fatal error: zlib.h: No such file or directory
compilation terminated.
error: command '/usr/bin/gcc' failed with exit code 1
ERROR: Failed building wheel for fast
ERROR: Could not build wheels for fast, which is required to install pyproject.toml-based projects
"""


@pytest.mark.parametrize(
    ("output", "line"),
    [
        (PIP, "ValueError: invalid pyproject.toml config: `project.license`."),
        (GCC, "fast.c:3:10: fatal error: zlib.h: No such file or directory"),
        ("one\ntwo\n", "two"),
        ("sh: 1: cythonize: not found\nmake: *** [Makefile:2: build] Error 127\n", "sh: 1: cythonize: not found"),
        ("ERROR: Failed building wheel for fast", "ERROR: Failed building wheel for fast"),
        ("\n\n", "no output"),
    ],
)
def test_the_line_that_says_why_is_told(output: str, line: str) -> None:
    assert telling_line(output.splitlines()) == line
