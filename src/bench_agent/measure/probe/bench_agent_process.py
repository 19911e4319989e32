"""How this pytest process was started, told to whoever measures, so that another can be started that does the same.

Python >= 3.8, standard library only. Values of the environment and of options can be secrets: they go through a file that
only its owner can read, and the reader deletes it at once. Results are kept in other files.
"""

import json
import os
import sys

import bench_agent_start


def describe():
    """Fields for the session's line: what is no secret."""
    return {"executable": sys.executable, "flags": flags(), "under": under(command())}


def command():
    """The words this process was started with, the interpreter's among them; none where the system does not say."""
    words = getattr(sys, "orig_argv", None)  # from 3.10 on
    if words:
        return list(words)
    try:
        with open("/proc/self/cmdline", "rb") as file:
            return os.fsdecode(file.read()).rstrip("\0").split("\0")
    except OSError:
        return []


def under(words):
    """What stands between the interpreter and pytest's own arguments where coverage runs pytest; else nothing.

    Its tracing is a part of what was timed: another process that does the same is started by it too.
    """
    for start in range(1, len(words)):
        if words[start : start + 2] == ["-m", "coverage"] or os.path.basename(words[start]) in (
            "coverage",
            "coverage3",
        ):
            for end in range(start + 1, len(words)):
                if words[end] in ("pytest", "py.test") or os.path.basename(words[end]) in ("pytest", "py.test"):
                    return words[start : end + 1]
            return []
        if not words[start].startswith("-") and words[start - 1] not in ("-W", "-X"):
            return []  # another program
    return []


def flags():
    """The interpreter's options that change how code runs, as words of a command."""
    found = []
    if sys.flags.optimize:
        found.append("-" + "O" * sys.flags.optimize)
    if sys.flags.bytes_warning:
        found.append("-" + "b" * sys.flags.bytes_warning)
    if sys.flags.no_user_site:
        found.append("-s")
    if getattr(sys.flags, "safe_path", False):
        found.append("-P")
    for option in sys.warnoptions:
        found += ["-W", option]
    for name, value in getattr(sys, "_xoptions", {}).items():
        found += ["-X", name if value is True else "%s=%s" % (name, value)]
    return found


def hand_over(path, config):
    """The environment at the start of the process, the options, and where it was started."""
    told = {
        "environment": bench_agent_start.environment,
        "cwd": str(config.invocation_params.dir),
        "options": options(config),
    }
    try:
        descriptor = os.open(path + ".new", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            json.dump(told, file)
        os.rename(path + ".new", path)
    except OSError as error:
        sys.stderr.write("bench-agent: how pytest was started could not be told: %s\n" % error)


def options(config):
    """The words of the command without those that say which tests to run: the parser knows which they are."""
    words = [str(word) for word in config.invocation_params.args]
    for test in reversed([str(word) for word in getattr(config.option, "file_or_dir", None) or []]):
        for index in range(len(words) - 1, -1, -1):
            if words[index] == test:  # from the end: an option's value of the same text comes before
                del words[index]
                break
    return [word for word in words if word != "--"]
