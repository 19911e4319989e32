"""Ways in which the code that is measured gets to be there: layouts, installs, builds, and files that git does not keep."""

from way import CORE, FAST, IGNORED, INIT, SUITE, Way

BUILD_SYSTEM = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
PROJECT = '[project]\nname = "pkg"\nversion = "1.0"\n'
SETUPTOOLS = BUILD_SYSTEM + PROJECT + '[tool.setuptools]\npackages = ["pkg"]\n'
IN_SRC = SETUPTOOLS + 'package-dir = {"" = "src"}\n'
OFFLINE = "--no-build-isolation --no-deps -q"
SRC: dict[str, str | None] = {
    "pkg/__init__.py": None,
    "pkg/core.py": None,
    "src/pkg/__init__.py": INIT,
    "src/pkg/core.py": CORE,
}
SLOW_SRC = ("src/pkg/core.py", "range(n * 1)", "range(n * 4)")

C = """
#define PY_SSIZE_T_CLEAN
#include <Python.h>
static PyObject *work(PyObject *self, PyObject *arg) {
    volatile long sum = 0;
    long n = PyLong_AsLong(arg) * 30 * 1;
    for (long k = 0; k < n; k++) sum += k * k;
    return PyLong_FromLong(sum);
}
static PyMethodDef methods[] = {{"work", work, METH_O, ""}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_fast", "", -1, methods};
PyMODINIT_FUNC PyInit__fast(void) { return PyModule_Create(&module); }
"""
FALLBACK = """
from pkg.core import other
try:
    from pkg._fast import work
except ImportError:
    from pkg.core import work
"""
SETUP_C = """
from setuptools import Extension, setup
setup(name="pkg", version="1.0", packages=["pkg"], ext_modules=[Extension("pkg._fast", ["pkg/_fast.c"])])
"""
SETUP_C_SRC = SETUP_C.replace('packages=["pkg"]', 'packages=["pkg"], package_dir={"": "src"}').replace(
    "pkg/_fast.c", "src/pkg/_fast.c"
)
C_FILES: dict[str, str | None] = {"pkg/__init__.py": FALLBACK, "pkg/_fast.c": C, "setup.py": SETUP_C}
C_SRC: dict[str, str | None] = {**SRC, "src/pkg/__init__.py": FALLBACK, "src/pkg/_fast.c": C, "setup.py": SETUP_C_SRC}
SLOW_C = ("pkg/_fast.c", "* 30 * 1", "* 30 * 4")
SLOW_C_SRC = ("src/pkg/_fast.c", "* 30 * 1", "* 30 * 4")
IN_PLACE = "python setup.py -q build_ext --inplace --force"

PYX = """
def work(long n):
    cdef long k
    cdef double total = 0
    for k in range(n * 40 * 1):
        total += k * 0.5
    return total
"""
SETUP_CYTHON = """
from Cython.Build import cythonize
from setuptools import setup
setup(name="pkg", version="1.0", packages=["pkg"], ext_modules=cythonize("pkg/_fast.{}", quiet=True))
"""
CYTHON_FILES: dict[str, str | None] = {
    "pkg/__init__.py": FALLBACK,
    "pkg/_fast.pyx": PYX,
    "setup.py": SETUP_CYTHON.format("pyx"),
    ".gitignore": IGNORED + "pkg/_fast.c\n",
}
PURE = "def work(n):\n    total = 0.0\n    for k in range(n * 1):\n        total += k * 0.5\n    return total\n"

GENERATOR = 'open("pkg/made.py", "w").write("def work(n):\\n    return sum(range(n * 20 * 1))\\n")\n'

LAYOUTS = [
    Way(name="flat, pythonpath in the settings"),
    Way(name="flat, python -m pytest", pytest=""),
    Way(name="src, pythonpath in the settings", files=SRC, slow=SLOW_SRC, pytest='pythonpath = ["src"]'),
    Way(name="src, conftest changes sys.path", files={**SRC, "conftest.py": "import sys\nsys.path.insert(0, 'src')\n"}, slow=SLOW_SRC, pytest=""),
    Way(
        name="namespace package in src",
        files={**SRC, "src/pkg/__init__.py": None, "src/pkg/core.py": None, "src/ns/pkg/__init__.py": "from ns.pkg.core import other, work\n",
               "src/ns/pkg/core.py": CORE, "tests/benchmark/test_it.py": SUITE.replace("from pkg", "from ns.pkg")},
        slow=("src/ns/pkg/core.py", "range(n * 1)", "range(n * 4)"),
        pytest='pythonpath = ["src"]',
    ),
    Way(name="a Rust folder src/py", files={**SRC, "src/py/lib.rs": "fn main() {}\n"}, slow=SLOW_SRC, pytest='pythonpath = ["src"]'),
    Way(name="project in a folder of the repository", below="services/api"),
    Way(name="python/ folder, editable", files={**{k.replace("src/", "python/"): v for k, v in SRC.items()}},
        slow=("python/pkg/core.py", "range(n * 1)", "range(n * 4)"), pytest="",
        pyproject=SETUPTOOLS + 'package-dir = {"" = "python"}\n', install=f"pip install {OFFLINE} -e ."),
]  # fmt: skip

INSTALLS = [
    Way(name="setuptools editable, src", files=SRC, slow=SLOW_SRC, pytest="", pyproject=IN_SRC, install=f"pip install {OFFLINE} -e ."),
    Way(name="setuptools editable, flat (finder)", pytest="", pyproject=SETUPTOOLS, install=f"pip install {OFFLINE} -e ."),
    Way(name="setuptools editable strict, src", files=SRC, slow=SLOW_SRC, pytest="", pyproject=IN_SRC,
        install=f"pip install {OFFLINE} -e . --config-settings editable_mode=strict"),
    Way(name="setuptools editable compat, src", files=SRC, slow=SLOW_SRC, pytest="", pyproject=IN_SRC,
        install=f"pip install {OFFLINE} -e . --config-settings editable_mode=compat"),
    Way(name="not editable, src", files=SRC, slow=SLOW_SRC, pytest="", pyproject=IN_SRC,
        install=f"pip install {OFFLINE} --force-reinstall .", says="installed copy"),
    Way(name="editable, and setup = pip install -e .", files=SRC, slow=SLOW_SRC, pytest="", pyproject=IN_SRC,
        install=f"pip install {OFFLINE} -e .", setup=f"pip install {OFFLINE} -e ."),
    Way(name="editable, and setup = pip install .", files=SRC, slow=SLOW_SRC, pytest="", pyproject=IN_SRC,
        install=f"pip install {OFFLINE} -e .", setup=f"pip install {OFFLINE} ."),
    Way(name="hatchling editable", files=SRC, slow=SLOW_SRC, pytest="", packages=("hatchling", "editables"),
        pyproject='[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n' + PROJECT,
        install=f"pip install {OFFLINE} -e ."),
    Way(name="flit editable", files=SRC, slow=SLOW_SRC, pytest="", packages=("flit_core",),
        pyproject='[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n' + PROJECT + 'description = "x"\n',
        install=f"pip install {OFFLINE} -e ."),
    Way(name="poetry-core editable", files=SRC, slow=SLOW_SRC, pytest="", packages=("poetry-core",),
        pyproject='[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n' + PROJECT,
        install=f"pip install {OFFLINE} -e ."),
    Way(name="pdm-backend editable", files=SRC, slow=SLOW_SRC, pytest="", packages=("pdm-backend", "editables"),
        pyproject='[build-system]\nrequires = ["pdm-backend"]\nbuild-backend = "pdm.backend"\n' + PROJECT,
        install=f"pip install {OFFLINE} -e ."),
]  # fmt: skip

COMPILED = [
    Way(name="C in place, slow in Python, no setup", files={**C_FILES, "pkg/__init__.py": FALLBACK.replace("import work\nexcept", "import work as compiled\n    def work(n):\n        return [compiled(n) for _ in range(1 * 1)]\nexcept")},
        slow=("pkg/__init__.py", "range(1 * 1)", "range(1 * 4)"), install=IN_PLACE, needs=("cc",)),
    Way(name="C in place, ignored, setup in place", files=C_FILES, slow=SLOW_C, install=IN_PLACE, setup=IN_PLACE, needs=("cc",)),
    Way(name="C in place, untracked, setup in place", files={**C_FILES, ".gitignore": IGNORED.replace("*.so\n", "")},
        slow=SLOW_C, install=IN_PLACE, setup=IN_PLACE, needs=("cc",)),
    Way(name="C editable, setup = pip install -e .", files=C_FILES, slow=SLOW_C, pytest="", install=f"pip install {OFFLINE} -e .",
        setup=f"pip install {OFFLINE} -e .", needs=("cc",)),
    Way(name="C in src, setup = pip install .", files=C_SRC, slow=SLOW_C_SRC, pytest="", install=f"pip install {OFFLINE} -e .",
        setup=f"pip install {OFFLINE} .", needs=("cc",)),
    Way(name="C in src, not editable, setup", files=C_SRC, slow=SLOW_C_SRC, pytest="", needs=("cc",),
        install=f"pip install {OFFLINE} --force-reinstall .", setup=f"pip install {OFFLINE} ."),
    Way(name="C in src, editable strict, setup", files=C_SRC, slow=SLOW_C_SRC, pytest="", needs=("cc",),
        install=f"pip install {OFFLINE} -e . --config-settings editable_mode=strict",
        setup=f"pip install {OFFLINE} -e . --config-settings editable_mode=strict"),
    Way(name="Cython .pyx in place", files=CYTHON_FILES, slow=("pkg/_fast.pyx", "40 * 1", "40 * 4"), packages=("cython",),
        install=IN_PLACE, setup=IN_PLACE, needs=("cc",)),
    Way(name="Cython of a .py in place", files={**CYTHON_FILES, "pkg/_fast.pyx": None, "pkg/_fast.py": PURE, "setup.py": SETUP_CYTHON.format("py")},
        slow=("pkg/_fast.py", "n * 1", "n * 4"), packages=("cython",), install=IN_PLACE, setup=IN_PLACE, needs=("cc",)),
    Way(name="meson-python editable", files={**C_FILES, "setup.py": None,
        "meson.build": "project('pkg', 'c', version: '1.0')\npy = import('python').find_installation(pure: false)\n"
        "py.install_sources('pkg/__init__.py', 'pkg/core.py', subdir: 'pkg')\npy.extension_module('_fast', 'pkg/_fast.c', subdir: 'pkg', install: true)\n"},
        slow=SLOW_C, pytest="", packages=("meson-python", "ninja"), needs=("cc",),
        pyproject='[build-system]\nrequires = ["meson-python"]\nbuild-backend = "mesonpy"\n' + PROJECT,
        install=f"pip install {OFFLINE} -e .", setup=f"pip install {OFFLINE} ."),
]  # fmt: skip

RUST = """
#[no_mangle]
pub extern "C" fn work(n: u64) -> u64 {
    let mut sum: u64 = 0;
    for k in 0..(n * 30 * 1) { sum = std::hint::black_box(sum.wrapping_add(k * k)); }
    sum
}
"""
CARGO = '[package]\nname = "pkg"\nversion = "1.0.0"\nedition = "2021"\n[lib]\nname = "pkg"\ncrate-type = ["cdylib"]\n'
VERSIONED: dict[str, str | None] = {
    **SRC,
    "src/pkg/__init__.py": INIT + "from pkg._version import __version__\n",
    ".gitignore": IGNORED + "_version.py\n",
}
DYNAMIC = '[project]\nname = "pkg"\ndynamic = ["version"]\n'
SCM = f'[build-system]\nrequires = ["setuptools", "setuptools_scm"]\nbuild-backend = "setuptools.build_meta"\n{DYNAMIC}[tool.setuptools_scm]\nversion_file = "src/pkg/_version.py"\n'
VCS = (
    f'[build-system]\nrequires = ["hatchling", "hatch-vcs"]\nbuild-backend = "hatchling.build"\n{DYNAMIC}[tool.hatch.version]\nsource = "vcs"\n'
    '[tool.hatch.build.hooks.vcs]\nversion-file = "src/pkg/_version.py"\n[tool.hatch.build.targets.wheel]\npackages = ["src/pkg"]\n'
)

PROPOSED = [
    # `setup` is the line that `doctor` proposes.
    Way(name="C in place, setup as proposed", files=C_FILES, slow=SLOW_C, install=IN_PLACE, setup="pip install -e .", needs=("cc",), proposes="pip install -e ."),
    Way(name="Cython in place, setup as proposed", files=CYTHON_FILES, slow=("pkg/_fast.pyx", "40 * 1", "40 * 4"), packages=("cython",), install=IN_PLACE,
        pyproject='[build-system]\nrequires = ["setuptools", "cython"]\nbuild-backend = "setuptools.build_meta"\n', setup="pip install -e .", needs=("cc",), proposes="pip install -e ."),
    Way(name="maturin editable, setup as proposed", files={"pkg/__init__.py": "from pkg._fast import lib\nfrom pkg.core import other\nwork = lib.work\n", "src/lib.rs": RUST, "Cargo.toml": CARGO,
        ".gitignore": IGNORED + "pkg/_fast/\ntarget/\nCargo.lock\n"}, slow=("src/lib.rs", "30 * 1", "30 * 4"), packages=("maturin", "cffi"), pytest="",
        pyproject='[build-system]\nrequires = ["maturin", "cffi"]\nbuild-backend = "maturin"\n' + PROJECT + '[tool.maturin]\nbindings = "cffi"\nmodule-name = "pkg._fast"\n',
        install=f"pip install {OFFLINE} -e .", setup="pip install .", needs=("cc", "cargo"), proposes="pip install ."),
    Way(name="maturin, sources in python/, setup as proposed", files={"pkg/__init__.py": None, "pkg/core.py": None, "python/pkg/core.py": CORE, "src/lib.rs": RUST, "Cargo.toml": CARGO,
        "python/pkg/__init__.py": "from pkg._fast import lib\nfrom pkg.core import other\nwork = lib.work\n", ".gitignore": IGNORED + "python/pkg/_fast/\ntarget/\nCargo.lock\n"},
        slow=("src/lib.rs", "30 * 1", "30 * 4"), packages=("maturin", "cffi"), pytest="", install=f"pip install {OFFLINE} -e .", setup="pip install .", needs=("cc", "cargo"), proposes="pip install .",
        pyproject='[build-system]\nrequires = ["maturin", "cffi"]\nbuild-backend = "maturin"\n' + PROJECT + '[tool.maturin]\nbindings = "cffi"\nmodule-name = "pkg._fast"\npython-source = "python"\n'),
    Way(name="C in python/, setup = pip install .", files={**{k.replace("src/", "python/"): v for k, v in C_SRC.items()}, "setup.py": SETUP_C_SRC.replace('"src', '"python')},
        slow=("python/pkg/_fast.c", "* 30 * 1", "* 30 * 4"), pytest="", install=f"pip install {OFFLINE} -e .", setup=f"pip install {OFFLINE} .", needs=("cc",)),
    Way(name="C in python/, not editable, setup", files={**{k.replace("src/", "python/"): v for k, v in C_SRC.items()}, "setup.py": SETUP_C_SRC.replace('"src', '"python')},
        slow=("python/pkg/_fast.c", "* 30 * 1", "* 30 * 4"), pytest="", install=f"pip install {OFFLINE} --force-reinstall .", setup=f"pip install {OFFLINE} .", needs=("cc",)),
    Way(name="setuptools_scm, version written by an install", files=VERSIONED, slow=SLOW_SRC, pytest="", packages=("setuptools_scm",), pyproject=SCM,
        install=f"SETUPTOOLS_SCM_PRETEND_VERSION=1.0 pip install {OFFLINE} -e ."),
    Way(name="setuptools_scm, setup as proposed", files=VERSIONED, slow=SLOW_SRC, pytest='pythonpath = ["src"]', packages=("setuptools_scm",), pyproject=SCM,
        untracked={"src/pkg/_version.py": '__version__ = "1.0"\n'}, setup="pip install ."),
    Way(name="hatch-vcs, version written by an install", files=VERSIONED, slow=SLOW_SRC, pytest="", packages=("hatchling", "hatch-vcs", "editables"), pyproject=VCS,
        install=f"SETUPTOOLS_SCM_PRETEND_VERSION=1.0 pip install {OFFLINE} -e ."),
]  # fmt: skip

KEPT = [
    Way(name="generated _version.py, ignored", files={"pkg/__init__.py": INIT + "from pkg._version import version\n", ".gitignore": IGNORED + "_version.py\n"},
        untracked={"pkg/_version.py": 'version = "1.0.dev3"\n'}),
    Way(name="ignored data folder", files={".gitignore": IGNORED + "data/\n", "tests/benchmark/test_it.py": SUITE.replace("work, 300", "work, int(open('tests/benchmark/data/n').read())")},
        untracked={"tests/benchmark/data/n": "300"}),
    Way(name="ignored .env read by the suite", files={".gitignore": IGNORED + ".env\n", "tests/benchmark/test_it.py": SUITE.replace("work, 300", "work, int(open('.env').read().partition('=')[2])")},
        untracked={".env": "SIZE=300"}),
    Way(name="generated by a script, setup", files={"pkg/__init__.py": "from pkg.core import other\nfrom pkg.made import work\n", "generate.py": GENERATOR, ".gitignore": IGNORED + "pkg/made.py\n"},
        slow=("generate.py", "20 * 1", "20 * 4"), install="python generate.py", setup="python generate.py"),
    Way(name="requirements installed by setup", files={"requirements.txt": "./lib1\n", "pkg/core.py": "from lib import work\n\n\ndef other(n):\n    return sorted(range(n))\n",
        **{f"lib{n}/setup.py": f"from setuptools import setup\nsetup(name='lib', version='{n}', py_modules=['lib'])\n" for n in (1, 2)},
        **{f"lib{n}/lib.py": f"def work(n):\n    return sum(i * i for i in range(n * {n * n}))\n" for n in (1, 2)}},
        slow=("requirements.txt", "./lib1", "./lib2"), install=f"pip install {OFFLINE} -r requirements.txt", setup=f"pip install {OFFLINE} -r requirements.txt"),
    Way(name="python -m pytest, coverage on", packages=("pytest-cov",), recipe=f"python -m pytest --cov=pkg --cov-report= tests/benchmark {FAST}"),
]  # fmt: skip

WAYS = [*LAYOUTS, *INSTALLS, *COMPILED, *PROPOSED, *KEPT]
