"""What the model is given to read."""

from hypothesis import given
from hypothesis import strategies as st

from benchmark.agent import context
from benchmark.agent.records import Article, Message


def article(body: str) -> Article:
    return Article(id=1, folder="folder:help", title="Help", body=body)


def passages(*texts: str) -> list[context.Passage]:
    return context.split_articles([article("\n\n".join(texts))])


def talk(*texts: str) -> list[Message]:
    return [Message(turn=n // 2, role=("user", "assistant")[n % 2], text=text) for n, text in enumerate(texts)]


def texts(found: list[context.Passage]) -> list[str]:
    return [passage.text for passage in found]


def test_an_article_is_split_at_empty_lines():
    assert texts(passages("one", "two\nthree", " ")) == ["one", "two\nthree"]


def test_a_paragraph_that_stands_in_two_articles_is_read_once():
    assert texts(context.drop_repeats(passages("Call us.", "Prices.", "call  us!"))) == ["Call us.", "Prices."]


@given(st.lists(st.sampled_from(["a b", "A b", "b a", "c", "c c"])))
def test_dropping_repeats_keeps_the_first_of_each_in_order(found):
    kept = context.drop_repeats(passages(*found))

    assert [passage.words for passage in kept] == list(dict.fromkeys(tuple(text.lower().split()) for text in found))


def test_the_passage_with_the_rare_word_comes_first():
    found = passages("The brake is new.", "The brake squeaks.", "The brake is old.", "A bell.")

    ranked = context.rank_passages("why does my brake squeak: squeaks!", found)

    assert texts(ranked) == ["The brake squeaks.", "The brake is new.", "The brake is old."]


def test_of_two_passages_with_the_word_the_shorter_one_comes_first():
    found = passages("The bell hangs on the left of the handlebar beside the lamp.", "Ring the bell.")

    assert texts(context.rank_passages("bell", found))[0] == "Ring the bell."


def test_words_that_are_in_every_sentence_find_nothing():
    assert context.rank_passages("is it on the", passages("It is on the rack.")) == []


def test_nothing_to_rank_is_no_error():
    assert context.rank_passages("brake", []) == []
    assert context.rank_passages("", passages("A bell.")) == []


def test_history_is_cut_from_its_beginning():
    history = talk("first question", "first answer", "second question", "second answer")

    assert context.cut_history(history, budget_tokens=20) == history[2:]
    assert context.cut_history(history, budget_tokens=10_000) == history
    assert context.cut_history(history, budget_tokens=0) == []


def test_history_never_begins_with_an_answer():
    history = talk("a long question " * 20, "answer")

    assert context.cut_history(history, budget_tokens=20) == []


@given(
    st.integers(0, 400),
    st.lists(st.text("ab .", max_size=80), max_size=30),
    st.lists(st.text("ab ", max_size=80), max_size=20),
)
def test_whatever_is_loaded_fits_the_budget(budget, paragraphs, said):
    loaded = context.load_context("a b", [article("\n\n".join(paragraphs))], talk(*said), budget_tokens=budget)

    spent = sum(map(context.message_tokens, loaded.history)) + sum(map(context.passage_tokens, loaded.passages))
    assert spent == loaded.tokens <= budget


def test_the_shops_context_holds_both_articles_and_conversation(shop):
    loaded = context.load_context(
        shop.question, shop.articles, shop.conversations[shop.conversation], budget_tokens=3000
    )

    assert len(loaded.passages) > 10
    assert loaded.history[-1] == shop.conversations[shop.conversation][-1]
    assert "brake" in loaded.passages[0].words
