"""What the model is given to read: the passages that bear on the question, and the newest part of the conversation.

In go articles and messages, out comes a `Context` that fits a token budget. Nothing here knows the database,
permissions or the model's API. Nothing is indexed beforehand either: which articles there are depends on who asks.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmark.agent.records import Article, Message

CHARACTERS_PER_TOKEN = 4  # English prose; the usual rule of thumb
MESSAGE_TOKENS = 4  # what a message costs beside its text: its role and the marks around it
HISTORY_SHARE = 0.4  # of the budget, at most; what the conversation leaves over goes to the passages
K1, B = 1.2, 0.75  # BM25's usual constants: how soon repetition stops counting, how much length counts against a text

_WORD = re.compile(r"[a-z0-9]+")
_STOP_WORDS = frozenset(
    _WORD.findall(
        "a an and are as at be but by can do does for from has have how i if in is it my not of on or that the to was "
        "what when where which who will with would you your"
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A paragraph, with the title of the article it stands in and its words in small letters."""

    title: str
    text: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    passages: tuple[Passage, ...]  # best first
    history: tuple[Message, ...]  # oldest first, a customer's message at the front
    tokens: int  # estimated, never above the budget


def load_context(
    question: str, articles: Iterable[Article], history: Sequence[Message], *, budget_tokens: int
) -> Context:
    """The best passages for the question and the newest messages that fit together into the budget."""
    recent = cut_history(history, budget_tokens=int(budget_tokens * HISTORY_SHARE))
    used = sum(message_tokens(message) for message in recent)
    passages = []
    for passage in rank_passages(question, drop_repeats(split_articles(articles))):
        cost = passage_tokens(passage)
        if used + cost > budget_tokens:
            break
        used += cost
        passages.append(passage)
    return Context(passages=tuple(passages), history=tuple(recent), tokens=used)


def split_articles(articles: Iterable[Article]) -> list[Passage]:
    """Every paragraph of every article, in order."""
    return [
        Passage(title=article.title, text=paragraph, words=tuple(find_words(paragraph)))
        for article in articles
        for paragraph in article.body.split("\n\n")
        if paragraph.strip()
    ]


def drop_repeats(passages: Iterable[Passage]) -> list[Passage]:
    """The passages without those that repeat an earlier one, word for word. O(n).

    Help articles share whole paragraphs ("How to reach us"): read once is enough.
    """
    seen: set[tuple[str, ...]] = set()
    kept = []
    for passage in passages:
        if passage.words not in seen:
            seen.add(passage.words)
            kept.append(passage)
    return kept


def rank_passages(question: str, passages: Sequence[Passage]) -> list[Passage]:
    """The passages that share a word with the question, best first; equally good ones in the order given.

    O(words of the passages). Source: BM25; Robertson and Zaragoza, The Probabilistic Relevance Framework (2009), 3.
    """
    terms = set(find_words(question)) - _STOP_WORDS
    counts = [Counter(word for word in passage.words if word in terms) for passage in passages]
    containing = Counter(term for count in counts for term in count)
    rarity = {term: math.log(1 + (len(passages) - n + 0.5) / (n + 0.5)) for term, n in containing.items()}
    mean_length = sum(len(passage.words) for passage in passages) / (len(passages) or 1)

    scored = []
    for position, (passage, count) in enumerate(zip(passages, counts, strict=True)):
        if count:
            damping = K1 * (1 - B + B * len(passage.words) / mean_length)
            score = sum(rarity[term] * n * (K1 + 1) / (n + damping) for term, n in count.items())
            scored.append((-score, position))
    return [passages[position] for _, position in sorted(scored)]


def cut_history(messages: Sequence[Message], *, budget_tokens: int) -> list[Message]:
    """The newest messages that fit, oldest first. Begins with a customer's message: the API accepts nothing else."""
    kept: list[Message] = []
    used = 0
    for message in reversed(messages):
        used += message_tokens(message)
        if used > budget_tokens:
            break
        kept.append(message)
    while kept and kept[-1].role != "user":
        kept.pop()
    return kept[::-1]


def find_words(text: str) -> list[str]:
    """The text's words and numbers in small letters, in order."""
    return _WORD.findall(text.lower())


def estimate_tokens(text: str) -> int:
    """About how many tokens the text has, rounded up; exact counts cost a request to the API."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def message_tokens(message: Message) -> int:
    return estimate_tokens(message.text) + MESSAGE_TOKENS


def passage_tokens(passage: Passage) -> int:
    return estimate_tokens(passage.title) + estimate_tokens(passage.text) + MESSAGE_TOKENS
