"""Read by an interpreter at its start when this folder is on PYTHONPATH. Python >= 3.8, standard library only.

Unlike a plug-in named in PYTEST_PLUGINS it can't fail anybody's pytest: where PYTHONPATH is lost it is never read, and what
goes wrong here is no more than a line on stderr. The only module of this folder, so that nothing else is exposed.
"""

import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))


def _begin():
    probe = os.path.dirname(_HERE)
    sys.path.append(probe)
    try:
        import bench_agent_start

        bench_agent_start.begin()
    except Exception as error:  # ours, whatever it is, and not worth anybody's program
        sys.stderr.write("bench-agent: its probe could not be prepared: %r\n" % error)
    finally:
        sys.path.remove(probe)


def _run_the_hidden_one():
    """The interpreter's or the project's own `sitecustomize`, which ours hides."""
    from importlib.machinery import PathFinder

    rest = [path for path in sys.path if os.path.abspath(path or os.curdir) != _HERE]
    spec = PathFinder.find_spec("sitecustomize", rest)
    if spec is None or spec.loader is None:
        return
    from importlib.util import module_from_spec

    sys.modules["sitecustomize"] = module = module_from_spec(spec)
    spec.loader.exec_module(module)


if os.environ.get("BENCH_AGENT_PLUGIN"):
    _begin()
_run_the_hidden_one()
