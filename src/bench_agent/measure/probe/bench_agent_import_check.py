"""Imports modules as a session of this side would, and prints how each was made: JSON {name: [kind, path] or [null, error]}.

    python bench_agent_import_check.py TREE FOREIGN NAME...

A module that is compiled in the run and is not among those of a session may not be needed yet, or may have been replaced by a
fallback because it can't be imported. Python >= 3.8, standard library only.
"""

import importlib
import json
import os
import sys

import bench_agent_ring_origin


def main(tree, foreign, names):
    sys.path[:] = [path for path in sys.path if os.path.realpath(path) != os.path.dirname(os.path.realpath(__file__))]
    bench_agent_ring_origin.use_tree(os.path.realpath(tree), os.path.realpath(foreign) if foreign else None)
    found = {}
    for name in names:
        try:
            module = importlib.import_module(name)
            path = os.path.realpath(module.__file__)
            found[name] = [bench_agent_ring_origin.kind_of(path, module), path]
        except Exception as error:  # noqa: BLE001  the project's own code: anything
            found[name] = [None, "%s: %s" % (type(error).__name__, error)]
    print("\n" + json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
