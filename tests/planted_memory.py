"""Twenty ways in which a commit makes a call hold more memory, or leave some behind: a module before, and after.

The guilty line of `after` ends with the comment MARK. `kind` says what must be found: "peak" or "left". Each module has a
function `run` that a benchmark calls.
"""

from dataclasses import dataclass
from typing import Literal

MARK = "# here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    name: str
    kind: Literal["peak", "left"]
    before: str
    after: str
    needs: str | None = None  # a package

    @property
    def line(self) -> int:
        """Number of the guilty line in `after`."""
        return next(n for n, text in enumerate(self.after.splitlines(), 1) if text.rstrip().endswith(MARK))


def _kind(
    name: str, kind: Literal["peak", "left"], text: str, before: str, after: str, needs: str | None = None
) -> Planted:
    """A module in which @@@ stands for what changes."""
    return Planted(
        name=name, kind=kind, before=text.replace("@@@", before), after=text.replace("@@@", after), needs=needs
    )


PLANTED = (
    _kind("list for a generator", "peak",
          "def run():\n    values = @@@\n    return sum(values)\n",
          "(n * n for n in range(60000))", f"[n * n for n in range(60000)]  {MARK}"),
    _kind("unbounded cache", "left",
          "import itertools\n_count = itertools.count()\n_seen = {}\n\n\ndef look(key):\n    value = [key] * 200\n"
          "    @@@\n    return value\n\n\ndef run():\n    return len(look(next(_count)))\n",
          "_seen['last'] = 0", f"_seen[key] = [key] * 250  {MARK}"),
    _kind("lru_cache without bound", "left",
          "import functools, itertools\n_count = itertools.count()\n\n\n@functools.lru_cache(maxsize=@@@)\n"
          f"def look(key):\n    return ' ' * 5000 + str(key)  {MARK}\n\n\ndef run():\n    return len(look(next(_count)))\n",
          "2", "None"),
    _kind("copied frame", "peak",
          "import numpy as np\n_TABLE = np.ones((400, 500))\n\n\ndef run():\n    table = @@@\n    return float(table[0].sum())\n",
          "_TABLE", f"_TABLE.copy()  {MARK}", "numpy"),
    _kind("numpy upcast", "peak",
          "import numpy as np\n\n\ndef run():\n    values = @@@\n    return int(values[-1])\n",
          "np.arange(400_000, dtype=np.int32)", f"np.arange(400_000, dtype=np.float64)  {MARK}", "numpy"),
    _kind("numpy intermediate", "peak",
          "import numpy as np\n_A = np.ones(300_000)\n\n\ndef run():\n    out = np.zeros(300_000)\n"
          "    @@@\n    return float(out[0])\n",
          "np.add(_A, 1.0, out=out)", f"out[:] = (_A + 1.0) * (_A + 2.0)  {MARK}", "numpy"),
    _kind("regex cache", "left",
          "import itertools, re\n_count = itertools.count()\n_made = {}\n\n\ndef pattern(n):\n"
          "    @@@\n    return _made[0]\n\n\ndef run():\n    return bool(pattern(next(_count)).match('aab'))\n",
          "_made[0] = re.compile('(a+)b')", f"_made[n] = re.compile('(a+)b{{%d}}' % (n + 1)); _made[0] = _made[n]  {MARK}"),
    _kind("strings joined in a loop", "peak",
          "_PARTS = [str(n) * 250 for n in range(2000)]\n\n\ndef run():\n    text, size = '', 0\n"
          "    for part in _PARTS:\n        @@@\n        size += len(part)\n    return size\n",
          "text = part", f"text = text + part  {MARK}"),
    _kind("leak through a closure", "left",
          "_callbacks = []\n\n\ndef register(function):\n    @@@\n\n\ndef run():\n"
          f"    data = list(range(1000))  {MARK}\n    register(lambda: data)\n    return len(data)\n",
          "_callbacks[:] = [function]", "_callbacks.append(function)"),
    _kind("file read whole", "peak",
          "import pathlib\n_FILE = pathlib.Path(__file__).with_name('lines.txt')\n"
          "_FILE.write_text('line of a file\\n' * 40_000)\n\n\ndef run():\n    total = 0\n"
          "    with open(_FILE) as file:\n        @@@\n            total += len(line)\n    return total\n",
          "for line in file:", f"for line in file.read().splitlines():  {MARK}"),
    _kind("deep copy", "peak",
          "import copy\n_STATE = {n: {'id': n, 'tags': ['a', 'b', str(n)]} for n in range(4000)}\n\n\ndef run():\n"
          "    state = @@@\n    return len(state)\n",
          "_STATE", f"copy.deepcopy(_STATE)  {MARK}"),
    _kind("json parsed whole", "peak",
          "import json\n_LINES = [json.dumps({'id': n, 'name': 'x' * 20}) for n in range(8000)]\n"
          "_TEXT = '[' + ','.join(_LINES) + ']'\n\n\ndef run():\n    return sum(one['id'] for one in @@@\n",
          "map(json.loads, _LINES))", f"json.loads(_TEXT))  {MARK}"),
    _kind("slots taken away", "peak",
          "class Point:\n    @@@\n    def __init__(self, x, y):\n"
          f"        self.x, self.y, self.z = x, y, [x]  {MARK}\n\n\ndef run():\n"
          "    return len([Point(n, n) for n in range(40000)])\n",
          "__slots__ = ('x', 'y', 'z')", "pass"),
    _kind("sorted copy", "peak",
          "_VALUES = [(n * 7919) % 100_003 for n in range(300_000)]\n\n\ndef run():\n    return @@@\n",
          "min(_VALUES)", f"sorted(_VALUES)[0]  {MARK}"),
    _kind("bytes doubled", "peak",
          "_DATA = bytes(3_000_000)\n\n\ndef run():\n    view = @@@\n    return len(view)\n",
          "memoryview(_DATA)[1:]", f"_DATA[1:]  {MARK}"),
    _kind("tree kept by a cycle", "left",
          "_live = []\n\n\nclass Node:\n    def __init__(self, parent):\n"
          f"        self.parent, self.data = parent, bytearray(20_000)  {MARK}\n        @@@\n\n\ndef run():\n"
          "    root = Node(None)\n    return len(Node(root).data)\n",
          "_live[:] = []", "_live.append(self)"),
    _kind("logging handler added at each call", "left",
          "import io, logging\n_LOG = logging.getLogger('planted')\n\n\ndef run():\n"
          f"    handler = logging.StreamHandler(io.StringIO('x' * 4000))  {MARK}\n    _LOG.addHandler(handler)\n"
          "    _LOG.debug('nothing')\n    @@@\n    return 1\n",
          "_LOG.removeHandler(handler); handler.close()", "pass"),
    _kind("sqlite rows fetched all", "peak",
          "import sqlite3\n_DB = sqlite3.connect(':memory:')\n_DB.execute('create table t (a integer, b text)')\n"
          "_DB.executemany('insert into t values (?, ?)', [(n, 'text %d' % n) for n in range(20000)])\n\n\ndef run():\n"
          "    rows = _DB.execute('select a, b from t')\n    @@@\n        pass\n    return row[0]\n",
          "for row in rows:", f"for row in rows.fetchall():  {MARK}"),
    _kind("thread keeps its result", "left",
          "import threading\n_done = []\n\n\ndef work():\n"
          f"    value = bytearray(100_000)  {MARK}\n    @@@\n\n\ndef run():\n"
          "    thread = threading.Thread(target=work)\n    thread.start()\n    thread.join()\n    return 1\n",
          "_done[:] = [value]", "_done.append(value)"),
    _kind("a C extension's buffer", "peak",
          "import ctypes\n_libc = ctypes.CDLL(None)\n_libc.malloc.restype = ctypes.c_void_p\n"
          "_libc.malloc.argtypes = [ctypes.c_size_t]\n_libc.free.argtypes = [ctypes.c_void_p]\n"
          "_libc.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]\n\n\ndef run():\n"
          f"    size = @@@\n    buffer = _libc.malloc(size)  {MARK}\n    _libc.memset(buffer, 1, size)\n"
          "    total = 0\n    for n in range(100):\n        total += n\n    _libc.free(buffer)\n    return total\n",
          "100", "8_000_000"),
)  # fmt: skip
