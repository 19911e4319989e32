"""Who may see what: relations between people, teams and folders, resolved the way OpenFGA does.

A fact is a tuple (user, relation, object): ("user:ana", "member", "team:gold"). The model says which facts follow from
others; `parse_model` reads it in OpenFGA's own notation. `EmbeddedChecker` answers in this process and is what the
benchmarks use by default; `openfga.ServerChecker` asks a real server the same questions.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact (user relation object). `user` may be a userset: "team:gold#member" stands for all members of the team."""

    user: str
    relation: str
    object: str


class Checker(Protocol):
    def check(self, user: str, relation: str, object_: str) -> bool: ...


# --- the model --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Direct:
    """Holds for the users of stored facts, whose types are "user", "team#member" and the like."""

    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Same:
    """Holds for whoever has another relation to the same object."""

    relation: str


@dataclass(frozen=True, slots=True)
class Through:
    """Holds for whoever has `relation` to an object that is this one's `link`: a folder's parent."""

    relation: str
    link: str


Rule = Direct | Same | Through
Model = dict[str, dict[str, tuple[Rule, ...]]]  # type -> relation -> rules, any of which suffices


def parse_model(text: str) -> Model:
    """The model written in OpenFGA's notation, of which direct types, `or` and `from` are understood.

    Raises ValueError with the line that is not understood.
    """
    model: Model = {}
    relations: dict[str, tuple[Rule, ...]] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        match line.split(maxsplit=2):
            case ["type", name]:
                relations = model[name] = {}
            case ["define", name, terms] if name.endswith(":"):
                relations[name.removesuffix(":")] = tuple(_parse_rule(term) for term in terms.split(" or "))
            case _:
                raise ValueError(f"not a type and not a relation: {line!r}")
    return model


def _parse_rule(term: str) -> Rule:
    if term.startswith("[") and term.endswith("]"):
        return Direct(tuple(kind.strip() for kind in term[1:-1].split(",")))
    match term.split():
        case [relation]:
            return Same(relation)
        case [relation, "from", link]:
            return Through(relation, link)
    raise ValueError(f"not a rule: {term!r}")


# --- the checkers -----------------------------------------------------------------------------------------------------


class EmbeddedChecker:
    """Resolves checks over facts held in memory."""

    def __init__(self, model: Model, facts: Iterable[Fact]) -> None:
        self._model = model
        # Lists, not sets: which branch is tried first must not depend on the interpreter's hash seed.
        self._users: dict[tuple[str, str], list[str]] = {}
        for fact in facts:
            self._users.setdefault((fact.object, fact.relation), []).append(fact.user)

    def check(self, user: str, relation: str, object_: str) -> bool:
        """Whether the facts give `user` that relation to the object. O(facts reachable from the object).

        Raises KeyError when the model has no such type or relation.
        """
        return self._holds(user, relation, object_, seen=set())

    def _holds(self, user: str, relation: str, object_: str, seen: set[tuple[str, str]]) -> bool:
        # Folders and teams can form rings. What is already being looked at can add nothing: the rules only ever allow.
        if (object_, relation) in seen:
            return False
        seen.add((object_, relation))
        rules = self._model[object_.partition(":")[0]][relation]
        return any(self._allows(rule, user, relation, object_, seen) for rule in rules)

    def _allows(self, rule: Rule, user: str, relation: str, object_: str, seen: set[tuple[str, str]]) -> bool:
        match rule:
            case Direct():
                for candidate in self._users.get((object_, relation), ()):
                    if candidate == user:
                        return True
                    group, _, group_relation = candidate.partition("#")
                    if group_relation and self._holds(user, group_relation, group, seen):
                        return True
                return False
            case Same(other):
                return self._holds(user, other, object_, seen)
            case Through(other, link):
                linked = self._users.get((object_, link), ())
                return any(self._holds(user, other, target, seen) for target in linked)


class CachedChecker:
    """Remembers the latest answers of another checker, `size` of them at most. Counts hits and misses.

    A permission taken away is still granted until `clear` or until it falls out: call `clear` when facts change.
    """

    def __init__(self, checker: Checker, *, size: int = 1024) -> None:
        self._checker = checker
        self._size = size
        self._answers: OrderedDict[tuple[str, str, str], bool] = OrderedDict()
        self.hits = 0
        self.misses = 0

    def check(self, user: str, relation: str, object_: str) -> bool:
        key = (user, relation, object_)
        if key in self._answers:
            self.hits += 1
            self._answers.move_to_end(key)
            return self._answers[key]
        self.misses += 1
        answer = self._answers[key] = self._checker.check(user, relation, object_)
        if len(self._answers) > self._size:
            self._answers.popitem(last=False)
        return answer

    def clear(self) -> None:
        """Forgets the answers; the counters go on."""
        self._answers.clear()

    @property
    def hit_rate(self) -> float:
        """Share of the checks answered from memory, 0 before the first."""
        checks = self.hits + self.misses
        return self.hits / checks if checks else 0.0
