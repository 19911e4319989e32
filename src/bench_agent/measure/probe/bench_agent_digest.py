"""What a call was given and gave, as a fingerprint that two versions of the code can be compared by, and its plain values.

Runs in the suite's interpreter beside bench_agent_ring_call.py: Python >= 3.8, standard library only. Nothing of a value is
called but what containers of the standard library need; addresses and the order of sets are no part of a fingerprint.
"""

import collections
import functools
import hashlib

MAX_NODES = 200_000  # parts of a value looked at; a larger one is not told, and says so
MAX_DEPTH = 60
MAX_FACTS = 5_000  # plain values kept of one call
MAX_TEXT = 200  # characters of one of them
_PLAIN = (type(None), bool, int, float, complex, str, bytes)
_ORDERED = (list, tuple, collections.deque)


class Digest:
    """The fingerprint of values. `whole` is False where a part of them could not be looked into; `says`: of anything at all."""

    def __init__(self):
        self._hash = hashlib.sha256()
        self._seen = {}
        self._nodes = 0
        self.whole = True
        self.says = False

    def of(self, value):
        self._add(value, 0)
        return self

    @property
    def text(self):
        return self._hash.hexdigest()[:32]

    def _put(self, *words):
        for word in words:
            data = word if isinstance(word, bytes) else str(word).encode("utf-8", "surrogatepass")
            self._hash.update(b"%d:" % len(data) + data)

    def _add(self, value, depth):
        self._nodes += 1
        kind = type(value)
        name = "%s.%s" % (kind.__module__, kind.__qualname__)
        if isinstance(value, _PLAIN) and kind in _PLAIN:
            self._put(name, value if kind is bytes else repr(value))
            self.says = self.says or value is not None
            return
        if self._nodes > MAX_NODES or depth > MAX_DEPTH:
            self.whole = False
            self._put("cut")
            return
        if id(value) in self._seen:
            self._put("again", self._seen[id(value)])
            return
        self._seen[id(value)] = len(self._seen)
        self._put(name)
        if isinstance(value, _ORDERED):
            self._put(len(value))
            self.says = True
            for part in list(value):
                self._add(part, depth + 1)
        elif isinstance(value, dict):
            self._put(len(value))
            self.says = True
            for key, part in list(value.items()):
                self._add(key, depth + 1)
                self._add(part, depth + 1)
        elif isinstance(value, (set, frozenset)):
            self.says = True
            self._put(len(value), *sorted(self._apart(part, depth) for part in value))
        elif isinstance(value, (bytearray, memoryview)):
            self.says = True
            self._put(bytes(value))
        elif isinstance(value, _PLAIN):  # of a subclass: an enum, a str with more to it
            self.says = True
            self._put(_plain_repr(value))
        elif isinstance(value, type) or hasattr(kind, "__code__") or callable(value):
            self._put(getattr(value, "__module__", ""), getattr(value, "__qualname__", ""))
        elif _is_array(kind):
            self.says = True
            self._put(str(value.dtype), str(value.shape), value.tobytes())
        else:
            self._object(value, kind, depth)

    def _apart(self, part, depth):
        other = Digest()
        other._nodes = self._nodes
        other._add(part, depth + 1)
        self._nodes = other._nodes
        self.whole = self.whole and other.whole
        return other.text

    def _object(self, value, kind, depth):
        own = dict(getattr(value, "__dict__", None) or {})
        for above in kind.__mro__:
            slots = above.__dict__.get("__slots__", ())
            for slot in (slots,) if isinstance(slots, str) else slots:
                try:
                    own.setdefault(slot, object.__getattribute__(value, slot))
                except AttributeError:
                    continue
        if not own:
            self.whole = False  # an iterator, a file, something compiled: only its kind is known
            return
        self.says = True
        for key in sorted(own, key=str):
            self._put(key)
            self._add(own[key], depth + 1)


def _plain_repr(value):
    for base in _PLAIN[1:]:
        if isinstance(value, base):
            return base.__repr__(value)
    return ""


def _is_array(kind):
    return kind.__module__.partition(".")[0] == "numpy" and hasattr(kind, "tobytes") and hasattr(kind, "dtype")


def facts_of(function, args, kwargs, result):
    """Plain values that a call was given and gave, and the lengths of what they lie in: what a special case could name."""
    found = {}
    waiting = [(args, 0), (kwargs, 0), (result, 0)]
    waiting += [(value, 0) for value in _held_by(function)]
    seen = set()
    while waiting and len(found) < MAX_FACTS:
        value, depth = waiting.pop(0)
        if isinstance(value, (int, float, str)) and type(value) in (int, float, str):
            found[repr(value)[: MAX_TEXT + 2]] = None
            if isinstance(value, str):
                found[repr(len(value))] = None
            continue
        if id(value) in seen or depth > 8 or len(seen) > MAX_FACTS:
            continue
        seen.add(id(value))
        if isinstance(value, bytes):
            found[repr(value[:MAX_TEXT])] = found[repr(len(value))] = None
        elif isinstance(value, dict):
            found[repr(len(value))] = None
            waiting += [(part, depth + 1) for part in list(value.keys())[:500] + list(value.values())[:500]]
        elif isinstance(value, (list, tuple, set, frozenset, collections.deque)):
            found[repr(len(value))] = None
            waiting += [(part, depth + 1) for part in list(value)[:1000]]
        elif isinstance(value, range):
            found[repr(len(value))] = found[repr(value.stop)] = None
        elif type(getattr(value, "__dict__", None)) is dict and not isinstance(value, type) and not callable(value):
            waiting.append((value.__dict__, depth + 1))
    return list(found)[:MAX_FACTS]


def _held_by(function):
    """The data that a function without arguments works on: what it closes over, its constants, globals that it names."""
    if isinstance(function, functools.partial):
        return [function.args, function.keywords, *_held_by(function.func)]
    inner = getattr(function, "__func__", function)
    code = getattr(inner, "__code__", None)
    held = [getattr(function, "__self__", None), getattr(inner, "__defaults__", None)]
    if code is None:
        return held
    held.append(code.co_consts)
    for cell in getattr(inner, "__closure__", None) or ():
        try:
            held.append(cell.cell_contents)
        except ValueError:
            continue
    known = getattr(inner, "__globals__", {})
    data = (int, float, str, bytes, list, tuple, dict, set, frozenset, range)
    held += [known[name] for name in code.co_names if isinstance(known.get(name), data)]
    return held
