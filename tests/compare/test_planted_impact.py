"""Changes that reach a benchmark in ways that no call shows, planted in a real repository: none is called untouched."""

import shutil
from pathlib import Path

import pytest

from bench_agent.compare.impact import find_impact
from bench_agent.measure.paired.side import Side
from bench_agent.system.git import open_repository
from projects import Project

W = "def work(n):\n    return helper(n)\n\n\ndef helper(n):\n    return sum(range(n))\n"
BASE = {
    "lib/__init__.py": "from lib.core import work\n", "lib/core.py": W,
    "tests/benchmark/test_x.py": "from lib import work\n\n\ndef test_work(benchmark):\n    benchmark(work, 100)\n",
    "pyproject.toml": '[tool.pytest.ini_options]\npythonpath=["."]\n',
}  # fmt: skip
IDS = ("tests/benchmark/test_x.py::test_work",)
Files = dict[str, str | tuple[str, str] | None]  # None: the file is gone; ("link", target)
CASES: dict[str, tuple[Files, Files]] = {
    'ini usefixtures': (
        {'pytest.ini': '[pytest]\nusefixtures = mode\n', 'conftest.py': 'import pytest, lib.core as c\n\n\n@pytest.fixture\ndef mode():\n    c.FLAG = 1\n    yield\n'},
        {'conftest.py': 'import pytest, lib.core as c\n\n\n@pytest.fixture\ndef mode():\n    c.FLAG = 2\n    yield\n'},
    ),
    'ini -p plugin': (
        {'pytest.ini': '[pytest]\naddopts = -p plug\n', 'plug.py': 'def pytest_runtest_call(item):\n    pass\n'},
        {'plug.py': 'def pytest_runtest_call(item):\n    import lib.core as c; c.X=1\n'},
    ),
    'subclass override without bases named': (
        {'lib/core.py': 'class A:\n    def run(self):\n        return self.step()\n    def step(self):\n        return 1\n\n\nclass B(A):\n    def step(self):\n        return 2\n\n\ndef work(n):\n    return B().run()\n'},
        {'lib/core.py': 'class A:\n    def run(self):\n        return self.step()\n    def step(self):\n        return 1\n\n\nclass B(A):\n    def step(self):\n        return sum(range(99))\n\n\ndef work(n):\n    return B().run()\n'},
    ),
    'new module shadows stdlib': (
        {'lib/core.py': 'import textwrap\n\n\ndef work(n):\n    return textwrap.dedent("x")\n'},
        {'textwrap.py': 'def dedent(x):\n    return sum(range(1000))\n'},
    ),
    'new package __init__ shadows module': (
        {'lib/util.py': 'def help_(n):\n    return n\n', 'lib/core.py': 'from lib import util\n\n\ndef work(n):\n    return util.help_(n)\n'},
        {'lib/util/__init__.py': 'def help_(n):\n    return sum(range(n))\n'},
    ),
    'sitecustomize': (
        {},
        {'sitecustomize.py': 'import gc\ngc.disable()\n'},
    ),
    'conftest in subfolder new': (
        {},
        {'tests/benchmark/conftest.py': 'import pytest\n\n\n@pytest.fixture(autouse=True)\ndef slow():\n    yield\n'},
    ),
    '.pth file': (
        {},
        {'x.pth': 'import lib\n'},
    ),
    'dynamic via format': (
        {'lib/core.py': 'import sys\n\n\ndef work(n):\n    return sys.modules[__name__].__dict__["do_%s" % n](n)\n\n\ndef do_100(n):\n    return n\n'},
        {'lib/core.py': 'import sys\n\n\ndef work(n):\n    return sys.modules[__name__].__dict__["do_%s" % n](n)\n\n\ndef do_100(n):\n    return sum(range(n))\n'},
    ),
    'camel getattr': (
        {'lib/core.py': 'def work(n):\n    return getattr(Thing(), "do" + "Work")()\n\n\nclass Thing:\n    def doWork(self):\n        return 1\n'},
        {'lib/core.py': 'def work(n):\n    return getattr(Thing(), "do" + "Work")()\n\n\nclass Thing:\n    def doWork(self):\n        return sum(range(99))\n'},
    ),
    'C accel optional import': (
        {'lib/core.py': 'try:\n    from lib._fast import work\nexcept ImportError:\n    def work(n):\n        return n\n'},
        {'lib/_fast.py': 'def work(n):\n    return sum(range(n))\n'},
    ),
    'namespace via __all__ star': (
        {'lib/__init__.py': 'from lib.core import *\n', 'lib/extra.py': 'def work(n):\n    return 1\n'},
        {'lib/__init__.py': 'from lib.core import *\nfrom lib.extra import *\n'},
    ),
    'data in py package resource': (
        {'lib/core.py': 'from importlib.resources import files\n\n\ndef work(n):\n    return len(files("lib").joinpath("words.list").read_text())\n', 'lib/words.list': 'a\n'},
        {'lib/words.list': 'a\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\n'},
    ),
    'md data by suffix var': (
        {'lib/core.py': 'from pathlib import Path\nHERE = Path(__file__).parent\n\n\ndef work(n):\n    return (HERE / ("guide" + ".md")).read_text()\n', 'lib/guide.md': 'a\n'},
        {'lib/guide.md': 'a\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\n'},
    ),
    'LICENSE as data no suffix': (
        {'lib/core.py': 'from pathlib import Path\nHERE = Path(__file__).parent.parent\n\n\ndef work(n):\n    return (HERE / "LICENSE").read_text()\n', 'LICENSE': 'a\n'},
        {'LICENSE': 'a\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\n'},
    ),
    'docs folder read': (
        {'tests/benchmark/test_x.py': 'from pathlib import Path\n\nTEXT = (Path(__file__).parents[2] / "docs" / "guide.rst").read_text()\n\n\ndef test_work(benchmark):\n    benchmark(TEXT.split)\n', 'docs/guide.rst': 'a b\n'},
        {'docs/guide.rst': 'a b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\na b\n'},
    ),
    'tox env': (
        {'tox.ini': '[testenv]\nsetenv=A=1\n'},
        {'tox.ini': '[testenv]\nsetenv=A=2\n'},
    ),
    'noxfile session': (
        {'noxfile.py': 'import nox\n'},
        {'noxfile.py': 'import nox\nX=1\n'},
    ),
    'default arg fn': (
        {'lib/core.py': 'def size():\n    return 10\n\n\ndef work(n, k=size()):\n    return sum(range(k))\n'},
        {'lib/core.py': 'def size():\n    return 1000\n\n\ndef work(n, k=size()):\n    return sum(range(k))\n'},
    ),
    'class attr from fn': (
        {'lib/core.py': 'def size():\n    return 10\n\n\nclass T:\n    k = size()\n\n\ndef work(n):\n    return sum(range(T.k))\n'},
        {'lib/core.py': 'def size():\n    return 1000\n\n\nclass T:\n    k = size()\n\n\ndef work(n):\n    return sum(range(T.k))\n'},
    ),
    'exec of text': (
        {'lib/core.py': 'CODE = "def work(n):\\n    return inner(n)"\nexec(CODE)\n\n\ndef inner(n):\n    return n\n'},
        {'lib/core.py': 'CODE = "def work(n):\\n    return inner(n)"\nexec(CODE)\n\n\ndef inner(n):\n    return sum(range(n))\n'},
    ),
    'fixture by request.getfixturevalue': (
        {'conftest.py': 'import pytest\n\n\n@pytest.fixture\ndef data_big():\n    return 10\n', 'tests/benchmark/test_x.py': 'from lib import work\n\n\ndef test_work(benchmark, request):\n    size = request.getfixturevalue("data_" + "big")\n    benchmark(work, size)\n'},
        {'conftest.py': 'import pytest\n\n\n@pytest.fixture\ndef data_big():\n    return 10000\n'},
    ),
    'parametrize from function': (
        {'lib/sizes.py': 'def sizes():\n    return [1]\n', 'tests/benchmark/test_x.py': 'import pytest\nfrom lib import work\nfrom lib.sizes import sizes\n\n\n@pytest.mark.parametrize("n", sizes())\ndef test_work(benchmark, n):\n    benchmark(work, n)\n'},
        {'lib/sizes.py': 'def sizes():\n    return [1000]\n'},
    ),
    'base class of test class': (
        {'tests/base.py': 'class Base:\n    def size(self):\n        return 10\n', 'tests/benchmark/test_x.py': 'from lib import work\nfrom tests.base import Base\n\n\nclass TestIt(Base):\n    def test_work(self, benchmark):\n        benchmark(work, self.size())\n'},
        {'tests/base.py': 'class Base:\n    def size(self):\n        return 10000\n'},
    ),
    'mixin hook by base': (
        {'lib/core.py': 'import json\n\n\nclass E(json.JSONEncoder):\n    def default(self, o):\n        return 1\n\n\ndef work(n):\n    return json.dumps({"a": object()}, cls=E)\n'},
        {'lib/core.py': 'import json\n\n\nclass E(json.JSONEncoder):\n    def default(self, o):\n        return sum(range(99))\n\n\ndef work(n):\n    return json.dumps({"a": object()}, cls=E)\n'},
    ),
    'Protocol duck method called by C': (
        {'lib/core.py': 'class K:\n    def keys(self):\n        return ["a"]\n    def __getitem__(self, k):\n        return 1\n\n\ndef work(n):\n    return dict(K())\n'},
        {'lib/core.py': 'class K:\n    def keys(self):\n        return list("abcdefghijk")\n    def __getitem__(self, k):\n        return 1\n\n\ndef work(n):\n    return dict(K())\n'},
    ),
    'write method called by stdlib': (
        {'lib/core.py': 'class W:\n    def write(self, s):\n        return 1\n\n\ndef work(n):\n    print("x", file=W())\n'},
        {'lib/core.py': 'class W:\n    def write(self, s):\n        return sum(range(999))\n\n\ndef work(n):\n    print("x", file=W())\n'},
    ),
    'find_spec hook': (
        {'lib/core.py': 'import logging\n\n\nclass H:\n    level = 0\n    def handle(self, r):\n        return 1\n\n\nlog = logging.getLogger("x")\nlog.handlers.append(H())\n\n\ndef work(n):\n    log.error("x")\n'},
        {'lib/core.py': 'import logging\n\n\nclass H:\n    level = 0\n    def handle(self, r):\n        return sum(range(999))\n\n\nlog = logging.getLogger("x")\nlog.handlers.append(H())\n\n\ndef work(n):\n    log.error("x")\n'},
    ),
    'iter protocol read()': (
        {'lib/core.py': 'import json\n\n\nclass F:\n    def read(self):\n        return "[1]"\n\n\ndef work(n):\n    return json.load(F())\n'},
        {'lib/core.py': 'import json\n\n\nclass F:\n    def read(self):\n        return "[" + "1,"*999 + "1]"\n\n\ndef work(n):\n    return json.load(F())\n'},
    ),
    'ast.NodeVisitor': (
        {'lib/core.py': 'import ast\n\n\nclass V(ast.NodeVisitor):\n    def visit_Name(self, n):\n        return 1\n\n\ndef work(n):\n    V().visit(ast.parse("x"))\n'},
        {'lib/core.py': 'import ast\n\n\nclass V(ast.NodeVisitor):\n    def visit_Name(self, n):\n        return sum(range(99))\n\n\ndef work(n):\n    V().visit(ast.parse("x"))\n'},
    ),
    'thread target attr': (
        {'lib/core.py': 'import cmd\n\n\nclass V(cmd.Cmd):\n    def do_x(self, n):\n        return 1\n\n\ndef work(n):\n    V().onecmd("x")\n'},
        {'lib/core.py': 'import cmd\n\n\nclass V(cmd.Cmd):\n    def do_x(self, n):\n        return sum(range(99))\n\n\ndef work(n):\n    V().onecmd("x")\n'},
    ),
    'rename module': (
        {},
        {'lib/core.py': None, 'lib/core2.py': 'def work(n):\n    return helper(n)\n\n\ndef helper(n):\n    return sum(range(9*n))\n', 'lib/__init__.py': 'from lib.core2 import work\n'},
    ),
    'symlink retarget': (
        {'lib/a.py': 'def work(n):\n    return helper(n)\n\n\ndef helper(n):\n    return sum(range(n))\n', 'lib/b.py': 'def work(n):\n    return helper(n)\n\n\ndef helper(n):\n    return sum(range(9*n))\n', 'lib/core.py': ('link', 'a.py')},
        {'lib/core.py': ('link', 'b.py')},
    ),
    'folder symlink retarget': (
        {'v1/core.py': 'def work(n):\n    return helper(n)\n\n\ndef helper(n):\n    return sum(range(n))\n', 'v2/core.py': 'def work(n):\n    return helper(n)\n\n\ndef helper(n):\n    return sum(range(9*n))\n', 'lib/__init__.py': 'from lib.cur.core import work\n', 'lib/cur': ('link', '../v1')},
        {'lib/cur': ('link', '../v2')},
    ),
    'sunder': (
        {'lib/core.py': 'import simplejson\n\n\nclass P:\n    def _asdict(self):\n        return {}\n    def _repr_html_(self):\n        return 1\n\n\ndef work(n):\n    return simplejson.dumps(P())\n'},
        {'lib/core.py': 'import simplejson\n\n\nclass P:\n    def _asdict(self):\n        return {}\n    def _repr_html_(self):\n        return sum(range(9))\n\n\ndef work(n):\n    return simplejson.dumps(P())\n'},
    ),
    'staticmethod alias': (
        {'lib/core.py': 'class A:\n    def one(self):\n        return 1\n    two = one\n\n\ndef work(n):\n    return A().two()\n'},
        {'lib/core.py': 'class A:\n    def one(self):\n        return sum(range(99))\n    two = one\n\n\ndef work(n):\n    return A().two()\n'},
    ),
    'lambda table': (
        {'lib/core.py': 'TABLE = {"a": lambda n: helper(n)}\n\n\ndef work(n):\n    return TABLE["a"](n)\n\n\ndef helper(n):\n    return n\n'},
        {'lib/core.py': 'TABLE = {"a": lambda n: helper(n)}\n\n\ndef work(n):\n    return TABLE["a"](n)\n\n\ndef helper(n):\n    return sum(range(n))\n'},
    ),
    'nested function': (
        {'lib/core.py': 'def make():\n    def inner(n):\n        return n\n    return inner\n\n\nwork = make()\n'},
        {'lib/core.py': 'def make():\n    def inner(n):\n        return sum(range(n))\n    return inner\n\n\nwork = make()\n'},
    ),
    'partial': (
        {'lib/core.py': 'import functools\n\n\ndef helper(k, n):\n    return n\n\n\nwork = functools.partial(helper, 1)\n'},
        {'lib/core.py': 'import functools\n\n\ndef helper(k, n):\n    return sum(range(n))\n\n\nwork = functools.partial(helper, 1)\n'},
    ),
    'async gen': (
        {'lib/core.py': 'import asyncio\n\n\nasync def agen():\n    yield 1\n\n\nasync def main():\n    return [x async for x in agen()]\n\n\ndef work(n):\n    return asyncio.run(main())\n'},
        {'lib/core.py': 'import asyncio\n\n\nasync def agen():\n    yield sum(range(99))\n\n\nasync def main():\n    return [x async for x in agen()]\n\n\ndef work(n):\n    return asyncio.run(main())\n'},
    ),
    'conditional def': (
        {'lib/core.py': 'import sys\nif sys.version_info > (3,):\n    def work(n):\n        return n\nelse:\n    work = None\n'},
        {'lib/core.py': 'import sys\nif sys.version_info > (3,):\n    def work(n):\n        return sum(range(n))\nelse:\n    work = None\n'},
    ),
    'try body import fallback': (
        {'lib/core.py': 'try:\n    import nothing_here\n    fast = True\nexcept ImportError:\n    fast = False\n\n\ndef work(n):\n    return n if not fast else 0\n'},
        {'nothing_here.py': 'x=1\n'},
    ),
    'global const in other mod': (
        {'lib/conf.py': 'SIZE = 1\n', 'lib/core.py': 'from lib import conf\n\n\ndef work(n):\n    return sum(range(conf.SIZE))\n'},
        {'lib/conf.py': 'SIZE = 999\n'},
    ),
    'module getattr': (
        {'lib/core.py': 'def __getattr__(name):\n    return globals()["_" + name]\n\n\ndef _work(n):\n    return n\n'},
        {'lib/core.py': 'def __getattr__(name):\n    return globals()["_" + name]\n\n\ndef _work(n):\n    return sum(range(n))\n'},
    ),
    'doc as test via class docstring': (
        {'lib/core.py': 'class A:\n    """x"""\n\n\ndef work(n):\n    return A.__doc__.split()\n'},
        {'lib/core.py': 'class A:\n    """x y z z z z"""\n\n\ndef work(n):\n    return A.__doc__.split()\n'},
    ),
    'doc read elsewhere': (
        {'lib/help.py': 'def tell(f):\n    return f.__doc__.split()\n', 'lib/core.py': 'from lib.help import tell\n\n\ndef target():\n    """a"""\n\n\ndef work(n):\n    return tell(target)\n'},
        {'lib/core.py': 'from lib.help import tell\n\n\ndef target():\n    """a b c d e f g"""\n\n\ndef work(n):\n    return tell(target)\n'},
    ),
    'annotations read elsewhere': (
        {'lib/help.py': 'import typing\n\n\ndef tell(f):\n    return typing.get_type_hints(f)\n', 'lib/core.py': 'from lib.help import tell\n\n\ndef target(a: int):\n    pass\n\n\ndef work(n):\n    return tell(target)\n'},
        {'lib/core.py': 'from lib.help import tell\n\n\ndef target(a: int, b: "list[int]" = None):\n    pass\n\n\ndef work(n):\n    return tell(target)\n'},
    ),
    'unittest style': (
        {'tests/benchmark/test_x.py': 'import unittest, pytest\nfrom lib import work\n\n\nclass TestX(unittest.TestCase):\n    @pytest.fixture(autouse=True)\n    def b(self, benchmark):\n        self.benchmark = benchmark\n    def test_work(self):\n        self.benchmark(work, 5)\n'},
        {'lib/core.py': 'def work(n):\n    return helper(n)\n\n\ndef helper(n):\n    return sum(range(9*n))\n'},
    ),
    'module handed over': (
        {'lib/plug.py': 'def on_event(n):\n    return n\n', 'lib/core.py': 'import somelib\nfrom lib import plug\n\n\ndef work(n):\n    return somelib.call_all(plug)\n'},
        {'lib/plug.py': 'def on_event(n):\n    return sum(range(n))\n'},
    ),
    'conftest makefixture by name kw': (
        {'conftest.py': 'import pytest\n\n\ndef _data():\n    return 5\n\n\ndata = pytest.fixture(_data)\n', 'tests/benchmark/test_x.py': 'from lib import work\n\n\ndef test_work(benchmark, data):\n    benchmark(work, data)\n'},
        {'conftest.py': 'import pytest\n\n\ndef _data():\n    return 5000\n\n\ndata = pytest.fixture(_data)\n'},
    ),
    'locale/other file unknown ext': (
        {'lib/table.bin2': 'x'},
        {'lib/table.bin2': 'xxxx'},
    ),
    'typed stub only': (
        {'lib/core.pyi': 'def work(n): ...\n'},
        {'lib/core.pyi': 'def work(n: int): ...\n'},
    ),
    'gitattributes': (
        {'.gitattributes': '*.py text\n'},
        {'.gitattributes': '*.py text eol=crlf\n'},
    ),
}  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("name", CASES)
def test_what_may_reach_a_benchmark_is_measured(tmp_path: Path, name: str) -> None:
    project = Project(root=tmp_path / "project")
    project.root.mkdir()
    files, change = CASES[name]
    trees = []
    for label, written in (("base", {**BASE, **files}), ("head", change)):
        for path, content in written.items():
            put(project.root / path, content)
        project.commit(label)
        shutil.copytree(project.root, tmp_path / label, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        trees.append(Side(label=label, root=tmp_path / label, python=("python",)))
    repository = open_repository(project.root)
    assert repository is not None
    base_sha, head_sha = project.git("rev-parse", "HEAD~1"), project.git("rev-parse", "HEAD")
    found = find_impact(repository, base_sha=base_sha, head_sha=head_sha, sides=[(trees[0], trees[1], IDS)])
    assert not found.untouched


def put(path: Path, content: str | tuple[str, str] | None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink() or content is None:
        path.unlink()
    if isinstance(content, tuple):
        path.symlink_to(content[1])
    elif content is not None:
        path.write_text(content)
