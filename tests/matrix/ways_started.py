"""Ways in which the suite is started: make in all its dresses, environments, options, runners, and what can't be measured."""

from way import CORE, FAST, IGNORED, INIT, SUITE, Way
from ways_built import SETUPTOOLS, SLOW_SRC, SRC

PYTEST = f"python -m pytest tests/benchmark {FAST}"
CHOICE = (
    "import os\nfrom pkg.core import other\nfrom pkg import fast, plain\n"
    "work = (fast if os.environ.get('BACKEND') == 'fast' else plain).work\n"
)
BACKENDS: dict[str, str | None] = {
    "pkg/__init__.py": CHOICE,
    "pkg/plain.py": CORE.replace("range(n * 1)", "range(n * 2)"),
    "pkg/fast.py": CORE,
}
SLOW_FAST = ("pkg/fast.py", "range(n * 1)", "range(n * 4)")
NEEDS_VARIABLE = INIT + "import os\nURL = os.environ['DATABASE_URL']\n"
SIZED = SUITE.replace("(benchmark):\n    benchmark(work, 300)", "(benchmark, size):\n    benchmark(work, size)")
SIZE_OPTION = """
import pytest
def pytest_addoption(parser):
    parser.addoption("--size", type=int, default=1)
@pytest.fixture
def size(request):
    return request.config.getoption("--size")
"""
ONE = "from pkg import {0}\n\ndef test_{0}(benchmark):\n    benchmark({0}, 300)\n"
TWO_FILES: dict[str, str | None] = {
    "tests/benchmark/test_it.py": None,
    "tests/benchmark/test_a.py": ONE.format("other"),
    "tests/benchmark/test_b.py": ONE.format("work"),
}
GENERATED = """
def pytest_generate_tests(metafunc):
    if "size" in metafunc.fixturenames:
        metafunc.parametrize("size", [300])
"""
CHILD = """
import os, subprocess, sys
def test_child(tmp_path):
    (tmp_path / "test_inner.py").write_text("def test_inner(benchmark):\\n    benchmark(lambda: None)\\n")
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", str(tmp_path)], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "bench-agent" not in done.stdout + done.stderr
"""
PYTESTER = """
pytest_plugins = ["pytester"]
def test_plugin(pytester):
    pytester.makepyfile(test_inner="def test_inner(benchmark):\\n    benchmark(lambda: None)\\n")
    pytester.runpytest_subprocess().assert_outcomes(passed=1)
    pytester.runpytest_inprocess().assert_outcomes(passed=1)
"""
ZIPPED = "import sys\nsys.path.insert(0, 'lib.zip')\n"
ZIP = "rm -f lib.zip && cd src && python -m zipfile -c ../lib.zip pkg"


def makefile(text: str, name: str = "Makefile") -> dict[str, str | None]:
    return {"Makefile": None, name: text}


MAKE = [
    Way(name="make: BACKEND=fast in the recipe", files=BACKENDS, slow=SLOW_FAST, recipe=f"BACKEND=fast {PYTEST}"),
    Way(name="make: export BACKEND", files={**BACKENDS, **makefile(f"export BACKEND = fast\n.PHONY: benchmark\nbenchmark:\n\t{PYTEST}\n")}, slow=SLOW_FAST),
    Way(name="make: DATABASE_URL in the recipe", files={"pkg/__init__.py": NEEDS_VARIABLE}, recipe=f"DATABASE_URL=sqlite:// {PYTEST}"),
    Way(name="make: include .env, export", untracked={".env": "DATABASE_URL=sqlite://\n"},
        files={"pkg/__init__.py": NEEDS_VARIABLE, ".gitignore": IGNORED + ".env\n", **makefile(f"include .env\nexport\n.PHONY: benchmark\nbenchmark:\n\t{PYTEST}\n")}),
    Way(name="make: PYTHONPATH=src in the recipe", files=SRC, slow=SLOW_SRC, pytest="", recipe=f"PYTHONPATH=src {PYTEST}"),
    Way(name="make: export PYTHONPATH", files={**SRC, **makefile(f"export PYTHONPATH := src\n.PHONY: benchmark\nbenchmark:\n\t{PYTEST}\n")}, slow=SLOW_SRC, pytest=""),
    Way(name="make: env PYTHONPATH=src", files=SRC, slow=SLOW_SRC, pytest="", recipe=f"env PYTHONPATH=src {PYTEST}"),
    Way(name="command: PYTHONPATH=src", files=SRC, slow=SLOW_SRC, pytest="", settings=f"command = 'PYTHONPATH=src {PYTEST}'"),
    Way(name="make: a project's own option", files={"tests/benchmark/conftest.py": SIZE_OPTION, "tests/benchmark/test_it.py": SIZED}, recipe=f"{PYTEST} --size=3000"),
    Way(name="GNUmakefile", files=makefile(f".PHONY: benchmark\nbenchmark:\n\t{PYTEST}\n", "GNUmakefile")),
    Way(name="make: included target", files={**makefile("include make/bench.mk\n"), "make/bench.mk": f".PHONY: benchmark\nbenchmark:\n\t{PYTEST}\n"}, settings="command = 'make benchmark'"),
    Way(name="make: .ONESHELL, PYTHONPATH", files={**SRC, **makefile(f".ONESHELL:\n.PHONY: benchmark\nbenchmark:\n\texport PYTHONPATH=src\n\t{PYTEST}\n")}, slow=SLOW_SRC, pytest=""),
    Way(name="make: SHELL = bash, PYTHONPATH", files={**SRC, **makefile(f"SHELL := /bin/bash\n.PHONY: benchmark\nbenchmark:\n\t[[ -d src ]] && PYTHONPATH=src {PYTEST}\n")}, slow=SLOW_SRC, pytest="", needs=("bash",)),
    Way(name="make: a sub-make, PYTHONPATH", files={**SRC, **makefile(".PHONY: benchmark\nbenchmark:\n\t$(MAKE) -C tests bench\n"),
        "tests/Makefile": f"bench:\n\tcd .. && PYTHONPATH=src {PYTEST}\n"}, slow=SLOW_SRC, pytest=""),
    Way(name="make: not phony, beside a folder", files={**makefile(f"benchmark:\n\t{PYTEST}\n"), "benchmark/README.md": "x\n"}, refused=".PHONY: benchmark"),
    Way(name="make: bash -lc, PYTHONPATH", files=SRC, slow=SLOW_SRC, pytest="", recipe=f"bash -lc 'PATH=$$VIRTUAL_ENV/bin:$$PATH PYTHONPATH=src {PYTEST}'", needs=("bash",)),
    Way(name="make: python -O -X dev", files={"pkg/core.py": CORE.replace("    return sum(", "    if __debug__:\n        return 0\n    return sum(", 1)}, recipe=PYTEST.replace("python", "python -O -X dev", 1)),
    Way(name="make: two pytest calls", files=TWO_FILES, recipe=f"{PYTEST.replace('benchmark ', 'benchmark/test_a.py ', 1)} && {PYTEST.replace('benchmark ', 'benchmark/test_b.py ', 1)}"),
]  # fmt: skip

SCRIPTS = [
    Way(name="a shell script, PYTHONPATH", files={**SRC, "bench.sh": f"#!/bin/sh\nset -e\nexport PYTHONPATH=src\n{PYTEST}\n"}, slow=SLOW_SRC, pytest="", recipe="sh bench.sh"),
    Way(name="a shell script, two pytest calls, PYTHONPATH", files={**SRC, **TWO_FILES,
        "bench.sh": f"#!/bin/sh\nset -e\nexport PYTHONPATH=src\npython -m pytest tests/benchmark/test_a.py {FAST}\npython -m pytest tests/benchmark/test_b.py {FAST}\n"},
        slow=SLOW_SRC, pytest="", recipe="sh bench.sh"),
    Way(name="a script, PYTHONPATH for its second pytest", files={**SRC, **TWO_FILES,
        "tests/benchmark/test_a.py": "def test_other(benchmark):\n    benchmark(sorted, range(300))\n",
        "bench.sh": f"#!/bin/sh\nset -e\npython -m pytest tests/benchmark/test_a.py {FAST}\nPYTHONPATH=src python -m pytest tests/benchmark/test_b.py {FAST}\n"},
        slow=SLOW_SRC, pytest="", recipe="sh bench.sh"),
    Way(name="a script that activates a venv", files={"bench.sh": f". .venv/bin/activate\nexport PYTHONPATH=.\n{PYTEST}\n", ".gitignore": IGNORED + ".venv\n"}, pytest="",
        install="ln -sfn $VIRTUAL_ENV .venv", recipe="sh bench.sh"),
    Way(name=".venv/bin/pytest", files={".gitignore": IGNORED + ".venv\n"}, install="ln -sfn $VIRTUAL_ENV .venv", recipe=f".venv/bin/pytest tests/benchmark {FAST}"),
    Way(name="env -i", files=SRC, slow=SLOW_SRC, pytest="", recipe=f"env -i PATH=$$PATH PYTHONPATH=src {PYTEST}", says="an emptied environment"),
    Way(name="python -I", recipe=PYTEST.replace("python", "python -I", 1), refused="python -I"),
    Way(name="a container", recipe="docker run --rm -v .:/src -w /src python:3 python -m pytest tests/benchmark", needs=("docker",), refused="container"),
    Way(name="coverage run -m pytest", packages=("coverage",), recipe=f"coverage run -m pytest tests/benchmark {FAST}"),
]  # fmt: skip

RUNNERS = [
    Way(name="uv run", packages=("uv",), pyproject=SETUPTOOLS, recipe=f"uv run --active --no-sync {PYTEST}"),
    Way(name="poetry run", packages=("poetry",), pyproject=SETUPTOOLS, recipe=f"poetry run {PYTEST}"),
    Way(name="pdm run", packages=("pdm",), pyproject=SETUPTOOLS, recipe=f"pdm run {PYTEST}"),
    Way(name="hatch run", packages=("hatch",), pyproject=SETUPTOOLS + '[tool.hatch.envs.default]\nskip-install = true\ndependencies = ["pytest", "pytest-benchmark"]\npath = ".hatch"\n',
        files={".gitignore": IGNORED + ".hatch/\n"}, recipe=f"hatch run {PYTEST}"),
    Way(name="tox -e", packages=("tox",), files={"tox.ini": f"[testenv:bench]\nskip_install = true\ndeps = pytest\n  pytest-benchmark\ncommands = {PYTEST}\n",
        ".gitignore": IGNORED + ".tox/\n"}, recipe="tox -q -e bench"),
    Way(name="tox -e, installs the project", packages=("tox",), files={**SRC, "tox.ini": f"[testenv:bench]\npackage = editable\ndeps = pytest\n  pytest-benchmark\ncommands = {PYTEST}\n",
        ".gitignore": IGNORED + ".tox/\n"}, slow=SLOW_SRC, pytest="", pyproject=SETUPTOOLS + 'package-dir = {"" = "src"}\n', recipe="tox -q -e bench"),
    Way(name="nox -s", packages=("nox",), files={"noxfile.py": f"import nox\n@nox.session\ndef bench(session):\n    session.install('pytest', 'pytest-benchmark')\n    session.run(*{PYTEST!r}.split())\n",
        ".gitignore": IGNORED + ".nox/\n"}, recipe="nox -r -s bench"),
    Way(name="just, PYTHONPATH", packages=("rust-just",), files={**SRC, "justfile": f"bench:\n    PYTHONPATH=src {PYTEST}\n"}, slow=SLOW_SRC, pytest="", recipe="just bench"),
    Way(name="invoke, PYTHONPATH", packages=("invoke",), files={**SRC, "tasks.py": f"from invoke import task\n@task\ndef bench(c):\n    c.run({PYTEST!r}, env={{'PYTHONPATH': 'src'}})\n"},
        slow=SLOW_SRC, pytest="", recipe="invoke bench"),
]  # fmt: skip

PYTESTS = [
    Way(name="--cov in addopts, --no-cov in the recipe", packages=("pytest-cov",), pytest='pythonpath = ["."]\naddopts = "--cov=pkg --cov-report="', recipe=f"{PYTEST} --no-cov"),
    Way(name="--cov-fail-under fails", packages=("pytest-cov",), files={"pkg/unused.py": "a = 1\n" * 9}, recipe=f"{PYTEST} --cov=pkg --cov-report= --cov-fail-under=99", says="coverage is below its limit"),
    Way(name="pytest.ini, testpaths", files={"pytest.ini": "[pytest]\ntestpaths = tests/benchmark\npythonpath = .\n"}, recipe=f"python -m pytest {FAST}"),
    Way(name="cd bench && pytest", files={"bench/pytest.ini": "[pytest]\npythonpath = ..\n", "bench/test_it.py": SUITE, "tests/benchmark/test_it.py": None}, recipe=f"cd bench && python -m pytest {FAST}"),
    Way(name="xdist in addopts", packages=("pytest-xdist",), pytest='pythonpath = ["."]\naddopts = "-n 2"'),
    Way(name="-p no:xdist, -p no:cacheprovider", packages=("pytest-xdist",), recipe=f"{PYTEST} -p no:xdist -p no:cacheprovider"),
    Way(name="conftest changes the folder", files={"tests/benchmark/data/n": "300", "tests/benchmark/conftest.py": "import os\nos.chdir(os.path.join(os.path.dirname(__file__), 'data'))\n",
        "tests/benchmark/test_it.py": SUITE.replace("work, 300", "work, int(open('n').read())")}),
    Way(name="conftest sets the environment", files={**BACKENDS, "conftest.py": "import os\nos.environ['BACKEND'] = 'fast'\n"}, slow=SLOW_FAST),
    Way(name="pytest-dotenv", packages=("pytest-dotenv",), files={**BACKENDS, ".gitignore": IGNORED + ".env\n"}, slow=SLOW_FAST, untracked={".env": "BACKEND=fast\n"}),
    Way(name="pytest-env", packages=("pytest-env",), files=BACKENDS, slow=SLOW_FAST, pytest='pythonpath = ["."]\nenv = ["BACKEND=fast"]'),
    Way(name="parameters from a conftest", files={"tests/benchmark/conftest.py": GENERATED, "tests/benchmark/test_it.py": SIZED}),
    Way(name="tests that start a pytest themselves", files={"tests/benchmark/test_child.py": CHILD, "tests/benchmark/test_plugin.py": PYTESTER}),
    Way(name="benchmarks that need what came later", slow=("pkg/core.py", "range(n * 1)", "range(n * 4)"),
        also={"pkg/later.py": "SIZE = 300\n", "tests/benchmark/test_it.py": "from pkg.later import SIZE\n" + SUITE.replace("work, 300", "work, SIZE")}),
    Way(name="imported from a zip, built by setup", files={**SRC, "conftest.py": ZIPPED, ".gitignore": IGNORED + "lib.zip\n"}, slow=SLOW_SRC, pytest="", install=ZIP, setup=ZIP),
]  # fmt: skip

OTHERS = [
    Way(name="pyperf instead of pytest", packages=("pyperf",), files={"bench.py": "import time, pyperf\nrunner = pyperf.Runner()\nrunner.timeit('x', 'sum(range(100))')\n"},
        recipe="python bench.py", refused="it runs pyperf"),
    Way(name="asv instead of pytest", packages=("asv",), files={"asv.conf.json": '{"version": 1, "project": "pkg", "repo": ".", "benchmark_dir": "benchmarks"}\n', "benchmarks/__init__.py": "",
        "benchmarks/core.py": "import time\nclass Suite:\n    def time_it(self):\n        time.sleep(60)\n"}, recipe="asv run --python=same --quick", refused="it runs asv"),
    Way(name="richbench instead of pytest", packages=("richbench",), files={"bench/bench_it.py": "import time\ndef a():\n    time.sleep(60)\n__benchmarks__ = [(a, a, 'x')]\n"}, recipe="richbench bench", refused="it runs richbench"),
    Way(name="a script instead of pytest", files={"bench.py": "import time, timeit\ntime.sleep(60)\nprint(timeit.timeit('1'))\n"}, recipe="python bench.py", refused="a script of its own"),
]  # fmt: skip

WAYS = [*MAKE, *SCRIPTS, *RUNNERS, *PYTESTS, *OTHERS]
