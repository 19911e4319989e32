"""What a sentence asserts without a figure, held against the findings: that all is well, who did it, what is fixed.

Pure. Each rule is a way of saying something, and the state of the findings in which it is false. A sentence that asks, hedges or
denies asserts nothing here, unless the denial itself is the assertion ("nothing regressed").
"""

import re
from collections.abc import Iterable, Sequence

from bench_agent.answer.claims import Statement, is_english
from bench_agent.answer.facts import HEX, Facts, Subject

_HEDGE = re.compile(
    r"\b(?:if|unless|until|once|after|whether|before (?:it|this|that|you|i|we|the|any)|when|would|may|might|could"
    r"|can[’']?t|cannot|suspect\w*|possib\w+|likely"
    r"|probabl\w+|perhaps|seems?|appears?|looks? like|potential\w*|unproved|unclear|undecided|to (?:see|prove|find"
    r"|name|know|tell)|maybe|think|believe"
    r"|not yet|candidate)\b",
    re.I,
)
_NOT = re.compile(r"\b(?:not|never|no|none|neither|nobody|nothing|without|cannot)\b|n[’']t\b", re.I)
_WORSE = r"(?:regress(?:ed|es)?|regressions?|slower|slow(?:ed)? down|slowed|degraded|(?:got |became |is |are )?worse|affected)"
_BE = r"(?:(?:is|are|was|were|has|have|had|been|got|gets?|become|became|did|does|do|also|really|actually|now|all|still)\s+)*"
_NONE_WORSE = re.compile(
    rf"\b(?:nothing|none(?: of (?:the |them|these|those|our |your )?(?:\w+)?)?|no (?:single )?(?:benchmarks?"
    rf"|tests?|one)|not (?:a single|one) (?:benchmark|test)|neither"
    rf"(?: of (?:the |them)?\w*| benchmark| one)?)\s+(?:in \w+ )?{_BE}{_WORSE}\b",
    re.I,
)
_NO_REGRESSION = re.compile(
    r"\b(?:no|zero|(?:no|any|without) (?:sign|evidence|trace|hint|indication)s? of(?: an?y?)?"
    r"|without(?: an?y?)?|not an?y?|free of|isn[’']t an?y?|aren[’']t any)\s+(?:(?:performance|confirmed|real|actual|"
    r"significant|speed|measurable|visible|single|proven|any)\s+)*(?:regressions?|slowdowns?|degradations?|problems?|concerns?"
    r"|(?:issues?) (?:was |were )?(?:found|detected|seen))\b|\bno issues\b",
    re.I,
)
_SPEED_KEPT = re.compile(
    r"\b(?:speed|performance|timings?|times?|runtimes?)\s(?:\w+ )?(?:(?:has|have|did|is|was|are|were)(?: not"
    r"|n[’']t) (?:changed?|moved?|worse)"
    r"|(?:is|are|was|were|stayed|remained) (?:the same|unchanged|stable|steady))\b"
    r"|\b(?:is|are|runs?|stays?) (?:still )?(?:just )?as fast as\b|\b(?:kept|keeps|held|holds) (?:its|their) (?:speed|pace)\b",
    re.I,
)
_BETTER = re.compile(r"\b(?:performance|speed) (?:has |is |got |was )?(?:improved|better|increased)\b", re.I)
_EXCEPT = re.compile(
    r"\b(?:no|not|nothing|none)\b[^.,;]{0,60}\b(?:but|except|besides|apart from|other than)\s+(?:the|this|that|one|in|for|`)",
    re.I,
)
_NEITHER = re.compile(rf"\bneither\b(?P<who>.{{1,200}}\bnor\b.{{1,100}})\b{_WORSE}\b", re.I)
_OTHERS = re.compile(r"\b(?:other|others|else|further|more|additional|another|besides|apart|except|only|but)\b", re.I)
_UNWORSE = re.compile(
    r"\b(?:unchanged|unaffected|untouched|stable|steady|as fast as (?:before|ever|it was)|no slower|not affected|(?:is"
    r"|are|was|were) fine"
    r"|(?:is|are) (?:ok|okay|healthy|good|all right)|the same (?:speed|as before|time)|(?:is|are|was"
    r"|were) (?:just |exactly )?as before|still passes|passes|passed"
    r"|(?:did|does|do|is|was|has|have|are|were)(?: not|n[’']t)(?: \w+)? ?(?:slower|regress(?:ed)?|slow(?:ed)? down|degraded?|worse)"
    r"|no (?:regression|slowdown|change in speed))\b",
    re.I,
)
_CLAIM_WORSE = re.compile(
    r"\b(?:regressed|(?:got|became|become|is|are|was|were|getting|both|all)\s+(?:\w+ )?slower|slowed(?: down)?|degraded|(?:are|is)"
    r"(?: both| all)? (?:confirmed )?regressions?)\b",
    re.I,
)
_ALL_WORSE = re.compile(
    rf"\b(?P<who>both|all|every|each|everything)\b(?: of (?:the|them|these))?(?: the| \d+| two| three)?(?: of them)?"
    rf"(?: benchmarks?| tests?| ones?)? {_BE}(?P<how>regressed|slower|slowed|degraded|worse|regressions)\b",
    re.I,
)
_ALL_WELL = re.compile(
    r"\b(?:(?:everything|it all|performance|speed|all|the (?:run|suite|build|branch|change|code|release"
    r"|results?|numbers|figures|timings))\s+"
    r"(?:\w+ ){0,2}?(?:is|are|looks?|seems?|was|were|stays?|stayed|remains?)\s+(?:\w+ ){0,2}?(?:fine|good|ok|okay"
    r"|well(?! (?:beyond|over|above|outside))|healthy|great|normal|green|clean|unchanged|in order)"
    r"|all (?:good|clear|green|fine|well)|everything (?:passe[sd]|is passing)|ready (?:to|for) (?:be )?(?:a )?(?:the )?(?:ship\w*"
    r"|deploy\w*|merg\w+|releas\w+|production|go)|clear(?:ed)? (?:to|for) (?:ship|deploy|merge|release)\w*"
    r"|(?:can|may|should) (?:now )?(?:be )?(?:safely )?(?:go ahead and )?(?:ship|deploy|merge|release)(?:p?ed|d)?"
    r"|ship it|go ahead and \w+|safe to (?:\w+ )?(?:ship|deploy|merge|release|go)|good to (?:go|ship|merge|release|deploy)|lgtm"
    r"|nothing to worry about|nothing (?:is|looks?|was) (?:wrong|amiss)"
    r"|nothing (?:needs )?to (?:be )?fix(?:ed)?|merge away|the change is (?:safe|fine)"
    r"|feel free to (?:ship|deploy|merge|release)|both (?:of them |benchmarks |tests )?(?:are |have )?(?:pass"
    r"|passing|passed|fine|green)"
    r"|all (?:the )?checks (?:are |have )?(?:pass|passed|passing|green)|no (?:reason|need) to (?:hold|wait"
    r"|worry|block)\w*|(?:no|nothing) (?:to )?block\w*)\b",
    re.I,
)
_LIMIT = re.compile(
    r"\b(?:within|below|under|inside|less than|does not exceed|doesn[’']t exceed|not (?:over|above|beyond))\s+(?:the "
    r"|its |your |our "
    r"|all )?(?:allowed |accepted )?(?:\d+ ?(?:%|percent) )?(?:limits?|thresholds?|tolerance)\b",
    re.I,
)
_THING = r"(?:slowdowns?|regressions?|difference|increase|change|finding|result|it|this|that|\d ?%)"
_NOISE = re.compile(
    rf"{_THING}\s(?:\w+ ){{0,3}}?(?:is|was|are|were|comes?|came)\s(?:\w+ ){{0,3}}?(?:noise|noisy|random|fluke"
    rf"|measurement error|jitter"
    r"|false (?:alarm|positive)|artifact|artefact|negligible|insignificant|harmless|imaginary)\b"
    rf"|{_THING}\s(?:\w+ ){{0,3}}?(?P<denied>(?:is|was)(?: not|n[’']t) (?:really )?(?:real|significant|there"
    rf"|a regression|meaningful)"
    r"|(?:does not|doesn[’']t) exist)\b"
    r"|\b(?:only|just|merely|simply|pure|mere) (?:\w+ )?(?:noise|jitter|a fluke|randomness|a false alarm)\b",
    re.I,
)
_FIXED = re.compile(
    rf"(?P<thing>{_THING}\s(?:\w+ ){{0,3}}?)?\b(?:is|was|are|were|(?:has|have)(?: since| now| already)? been"
    rf"|got)\s(?:now |already |all |since "
    rf"|been |fully )*"
    r"(?P<how>fixed|resolved|gone|solved|reverted|repaired|mended|undone|accepted|approved|intended|intentional|waived)\b",
    re.I,
)
_GONE = re.compile(
    r"\b(?:slowdowns?|regressions?)\b (?:(?:has |have )?(?:now |already )?(?:went away|gone away|disappeared"
    r"|vanished)|(?:is |does |are )?no longer"
    r" (?:there|exists?|present|visible|a problem))\b|\balready (?:fixed|resolved|solved|reverted) (?:the|this"
    r"|that) (?:slowdown|regression)\b",
    re.I,
)
_SEVERITY = re.compile(
    r"\bseverity\b[\s:]*(?:(?:of|for) `[^`]{1,200}`\W*)?"
    r"(?:(?:is|was|of|as|only|just|rated)\W+)*(low|medium|high|critical|minor|none)\b|\b(low|medium|high|critical)"
    r"[- ]severity\b",
    re.I,
)
_CAUSE = re.compile(
    r"\b(?:culprits?|guilty|to blame|blamed?|responsible|introduced|introduces|caused?|causes|did it|broke"
    r"|(?:made|makes|making)\b.{0,60}\bslower|slowed|slows|behind (?:it|the|this|that)|is why|fault|brought|added the"
    r"|(?:due|owed) to|because of|comes? from|came (?:from|with|in with)|regressed [\w ]{0,30}|offending"
    r"|(?:started|began) (?:with|at)|bisected (?:it |this |that )?to|bad commit|bisect\w* "
    r"(?:found|shows?|showed|points?|pointed|names?|named|proved|confirmed|landed|ended))\b",
    re.I,
)
_PROOF = re.compile(
    r"\b(?:prove[sdn]?|proven|verified|verifies|confirm(?:s|ed)|established|shown|showed"
    r"|demonstrated)\b[^.;]{0,30}\b(?:that|by revert\w*|the commit)\b"
    r"|\brevert\w*\b.{0,40}\b(?:gives?|gave|fix\w*|restor\w*|recover\w*|brings?|brought|remov\w*|(?:came|comes"
    r"|is|was|went) (?:back|down|normal)|undoes|solves?|solved|cures?)\b",
    re.I,
)
_RANKED = re.compile(
    r"\b(?P<rank>first|top|main|prime|strongest|leading|number one|second|third|last)(?: \w+)? suspect\b"
    r"|\b(?:tops|heads|leads) the (?:list|suspects)\b",
    re.I,
)
_RANKS = {"second": 1, "third": 2}
_OPEN = ("regressed", "slower", "suspected", "over_target")
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"")
_LISTED = re.compile(r"[0-9a-f]{7,40}\W*·")  # a line of the list of suspects, with a commit's message
_HEX_WORDS = frozenset({"acceded", "defaced", "effaced", "facaded", "fabaceae"})
_COMMITTED = re.compile(r"\b(?:commits?|sha|revision|rev|change|hash)\s+(?:is\s+)?`?([0-9a-f]{7,40})\b", re.I)
_NAMED = re.compile(
    r"(?:`(?P<code>[A-Za-z_][\w.:\[\]-]*)`|(?<![\w`./:])(?P<test>(?:test|bench)_\w+(?:\[[^\]\s]*\])?))(?=\s*(?:(?:is"
    r"|was|has|got|became|runs|ran|now"
    r"|also|became|looks|gets|become|by|\+?\d+(?:\.\d+)? ?%|about|roughly|much|far|itself)\s+)*(?:slower|faster"
    r"|regressed|slowed|degraded|improved|sped up)\b)"
)


def judge_assertions(statement: Statement, facts: Facts) -> Iterable[tuple[str, str]]:
    """(words, why) for each assertion that the findings don't have. O(length of the statement)."""
    if statement.label or statement.text.endswith("?") or _LISTED.search(statement.text):
        yield from _unknown(statement, facts)
        return
    for clause in _clauses(statement):
        subjects = _subjects(clause, facts)
        if not _EXCEPT.search(statement.text):
            yield from _of_state(clause, subjects or _section(statement, facts), facts)
        yield from _of_groups(clause, facts)
    yield from _of_severity(statement, facts)
    yield from _of_commits(statement, facts)
    yield from _unknown(statement, facts)


def _of_severity(statement: Statement, facts: Facts) -> Iterable[tuple[str, str]]:
    text = statement.text.replace("*", "")
    said = _SEVERITY.search(text)
    if said is None or _NOT.search(text) or _HEDGE.search(text):
        return
    subjects = _subjects(text, facts) or _section(statement, facts) or list(facts.subjects.values())
    known = {subject.severity for subject in subjects if subject.severity}
    if known and (said[1] or said[2]).lower() not in known:
        yield said[0], f"the findings have the severity {', '.join(sorted(known))}"


def _clauses(statement: Statement) -> list[str]:
    """The clauses; of code only the names of benchmarks are left, in backticks."""
    names = {name for _, name in statement.names}
    known = names | {f"test_{name}" for name in names}
    text = _QUOTED.sub(" ", statement.text.replace("\\", "").replace("**", ""))
    text = re.sub(r"`([^`]*)`", lambda code: code[0] if code[1].rpartition("::")[2] in known else " ", text)
    return [
        part
        for part in re.split(r"[;.:]\s|[()]|,\s(?!and\b|or\b)|—|\bbut\b|\bwhile\b|\bwhereas\b", text + " ")
        if part.strip()
    ]


def _places(clause: str, facts: Facts) -> list[tuple[int, int, Subject]]:
    """Where a clause names benchmarks. A name that is an English word ("no other") counts in backticks only after an article."""
    found = []
    for match in re.finditer(r"`([^`]+)`|[\w…]+(?:\[[^\]\s]{0,200}\])?", clause):
        word = (match[1] or match[0]).rpartition("::")[2]
        subject = facts.subjects.get(word) or facts.subjects.get(word.removeprefix("test_"))
        if subject is not None and (
            match[1] or not is_english(word, clause[max(0, match.start() - 12) : match.start()])
        ):
            found.append((match.start(), match.end(), subject))
    return found


def _subjects(clause: str, facts: Facts) -> list[Subject]:
    return [subject for _, _, subject in _places(clause, facts)]


def _section(statement: Statement, facts: Facts) -> list[Subject]:
    return [facts.subjects[name] for name in statement.section if name in facts.subjects]


def _group(clause: str, at: int, facts: Facts) -> list[Subject]:
    """The benchmarks that a predicate at that place is said of: the last name before it, and those joined to it."""
    before = [place for place in _places(clause, facts) if place[1] <= at]
    group: list[Subject] = []
    start_of_last = at
    for start, end, subject in reversed(before):
        if group and not re.fullmatch(r"[\s,`&]*(?:(?:and|or|nor|as well as|both)[\s`]*)?", clause[end:start_of_last]):
            break
        group.append(subject)
        start_of_last = start
    return group


def _is_worse(subject: Subject) -> bool:
    return subject.mark in ("regressed", "slower", "suspected") or (subject.confirmed and subject.slower)


def _of_state(clause: str, subjects: Sequence[Subject], facts: Facts) -> Iterable[tuple[str, str]]:
    """What is said of the whole run, or of the benchmarks that the clause is about."""
    hedged = _HEDGE.search(clause)
    confirmed = [
        s for s in (subjects or facts.subjects.values()) if s.confirmed and s.slower and s.mark != "environment"
    ]
    others = _OTHERS.search(re.sub(r"`[^`]*`", " ", clause))
    said = _NONE_WORSE.search(clause) or _NO_REGRESSION.search(clause)
    if said and confirmed and not others and not hedged:
        yield said[0], f"the findings have {confirmed[0].name} confirmed slower"
    said = _SPEED_KEPT.search(clause) or _BETTER.search(clause) or _GONE.search(clause)
    if said and confirmed and not others and not hedged and not _NOT.search(clause.replace(said[0], " ")):
        yield said[0], f"the findings have {confirmed[0].name} confirmed slower"
    denied = _NOT.search(clause)
    said = _ALL_WELL.search(clause)
    is_denied = said is not None and _NOT.search(clause.replace(said[0], " ")) is not None
    is_of_rest = said is not None and re.search(r"\b(?:else|other)\b", said[0], re.I) is not None
    is_false = bool(confirmed) if subjects else facts.go not in ("safe", "")
    if said and is_false and not hedged and not is_denied and not is_of_rest:
        yield said[0], f"the findings say {facts.go.replace('cant_tell', 'can’t tell')}"
    if (said := _LIMIT.search(clause)) and not hedged and _is_over(subjects, facts):
        yield said[0], "the findings have it beyond the limit"
    if (said := _NOISE.search(clause)) and confirmed and not hedged and (not denied or said["denied"]):
        yield said[0], f"{confirmed[0].name} was confirmed by measuring again"
    said = _FIXED.search(clause)
    told = said and (said["thing"] or _group(clause, said.start(), facts))
    if said and told and confirmed and not hedged and not denied and not _is_accepted(said["how"], confirmed):
        yield said[0], f"the findings have {confirmed[0].name} slower, and not {said['how'].lower()}"
    yield from _of_multiples(clause, subjects)
    yield from _of_all(clause, facts, hedged=bool(hedged or denied))


_MEASURED = ("turns", "loose", "trend", "level", "accepted")
_MULTIPLE = re.compile(
    r"\b(?P<word>doubled|tripled|quadrupled)\b(?!\s+(?:the|its|our|number|n|how)\b)|\b(?P<noun>double"
    r"|triple) the (?:time|runtime)\b",
    re.I,
)


def _of_multiples(clause: str, subjects: Sequence[Subject]) -> Iterable[tuple[str, str]]:
    """Factors in one word, of a benchmark's time."""
    said = _MULTIPLE.search(clause)
    if said is None or not subjects or _HEDGE.search(clause) or _NOT.search(clause):
        return
    times = {"d": 2, "t": 3, "q": 4}[(said["word"] or said["noun"])[0].lower()]
    if not any(
        fact.kind == "change" and fact.role in _MEASURED and abs(fact.value / times - 1) <= 0.15
        for s in subjects
        for fact in s.facts
    ):
        yield said[0], f"the findings do not show {subjects[0].name} {times} times as slow"


def _is_over(subjects: Sequence[Subject], facts: Facts) -> bool:
    if subjects:
        return any(subject.mark == "regressed" for subject in subjects)
    return bool(facts.summary.get("regressed")) and not facts.summary.get("within")


def _is_accepted(how: str, subjects: Sequence[Subject]) -> bool:
    return how.lower() in ("accepted", "approved") and any(
        fact.role == "accepted" for subject in subjects for fact in subject.facts
    )


_NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_PASSING = re.compile(
    rf"\b(?P<some>\d+|all|{'|'.join(_NUMBERS)})\s*(?:of|out of|/)\s*(?:the |all |our )?(?P<all>\d+|{'|'.join(_NUMBERS)})\s+"
    r"(?:(?:benchmarks?|tests?|are|is|do|have|all)\s+)*(?:pass(?:es|ed|ing)?|fine|ok|okay|healthy|green)\b",
    re.I,
)


def _of_all(clause: str, facts: Facts, *, hedged: bool) -> Iterable[tuple[str, str]]:
    """Counts in words: both, all, two of two."""
    summary = facts.summary
    if (said := _PASSING.search(clause)) and said["some"].lower() != "all":
        passing = summary.get("passing") or 0
        right = {passing, sum(subject.mark in ("pass", "faster", "untouched") for subject in facts.subjects.values())}
        if _number(said["some"]) not in right:
            yield said[0], f"{passing} pass"
    if (said := _ALL_WORSE.search(clause)) and not hedged:
        key = "regressed" if said["how"].lower().startswith("regress") else "slower"
        count = max(summary.get(key) or 0, (summary.get("suspected") or 0) if key == "slower" else 0)
        needed = 2 if said["who"].lower() == "both" else (summary.get("benchmarks") or 0)
        if count < needed and not _group(clause, said.start(), facts):
            yield said[0], f"the findings have {count} of {summary.get('benchmarks')} {key}"


def _number(word: str) -> int:
    return int(word) if word.isdigit() else _NUMBERS.index(word.lower()) + 1


def _of_groups(clause: str, facts: Facts) -> Iterable[tuple[str, str]]:
    """A predicate and the benchmarks just before it."""
    if _HEDGE.search(clause):
        return
    if said := _NEITHER.search(clause):
        bad = [subject for subject in _subjects(said["who"], facts) if _is_worse(subject)]
        if bad:
            yield said[0], f"{bad[0].name} is {bad[0].mark}"
    said = _UNWORSE.search(clause)
    if said and not _NOT.search(clause[: said.start()]):
        bad = [subject for subject in _group(clause, said.start(), facts) if _is_worse(subject)]
        if bad:
            yield said[0], f"{bad[0].name} is {bad[0].mark}"
    said = _CLAIM_WORSE.search(clause)
    if said and not _NOT.search(clause):
        group = _group(clause, said.start(), facts)
        for subject in group if len(group) > 1 else []:
            if not (subject.slower or subject.mark == "environment") or (
                "regress" in said[0].lower() and not subject.confirmed
            ):
                yield said[0], f"{subject.name} is {subject.mark}"


def _shas(text: str, facts: Facts) -> list[str]:
    """The commits that a text names: a number is one where the findings have it."""
    return [
        sha
        for sha in HEX.findall(text)
        if (re.search(r"[a-f]", sha) and re.search(r"\d", sha)) or _is_in(sha, facts.shas)
    ]


def _is_in(sha: str, known: Iterable[str]) -> bool:
    return any(other.startswith(sha) or sha.startswith(other) for other in known)


def _of_commits(statement: Statement, facts: Facts) -> Iterable[tuple[str, str]]:
    """Who did it, who is suspected, and what was proved."""
    text = _QUOTED.sub(" ", statement.text)
    shas = _shas(text, facts)
    subjects = _subjects(text, facts) or _section(statement, facts) or list(facts.subjects.values())
    if not shas:
        return
    if any(_is_in(sha, subject.proved) for sha in shas for subject in subjects):
        return
    suspects = [subject.suspects for subject in subjects if subject.suspects]
    listed = any(_is_in(sha, some) for sha in shas for some in suspects)
    if (said := _RANKED.search(text)) and suspects and not _NOT.search(text):
        rank = (
            len(min(suspects, key=len)) - 1
            if (said["rank"] or "").lower() == "last"
            else _RANKS.get((said["rank"] or "").lower(), 0)
        )
        if not any(_is_in(sha, some[rank : rank + 1]) for sha in shas for some in suspects):
            yield said[0], "the findings list the suspects in another order"
    elif (
        not listed
        and suspects
        and re.search(r"\bsuspects?\b|\bsuspected commit\b", text, re.I)
        and not _NOT.search(text)
    ):
        yield shas[0], "the findings list no such suspect"
    said = _CAUSE.search(text) or _PROOF.search(text)
    if said and not _HEDGE.search(text) and not _NOT.search(text):
        yield said[0], "the findings prove no such commit" + (": it is a suspect" if listed else "")


def _unknown(statement: Statement, facts: Facts) -> Iterable[tuple[str, str]]:
    """Commits and benchmarks that the findings do not have."""
    for sha in HEX.findall(statement.text):
        odd = sha.isdigit() and sha in _COMMITTED.findall(statement.text)
        if (odd or (sha.isalpha() and sha not in _HEX_WORDS)) and not _is_in(sha, facts.shas):
            yield sha, "the findings name no such commit"
    for match in () if statement.cited else _NAMED.finditer(statement.text):
        name = (match["code"] or match["test"]).rpartition("::")[2]
        if not any(name in text for text in (*facts.subjects, *(f"test_{n}" for n in facts.subjects), *facts.texts)):
            yield name, "the findings have no such name"
