"""The same questions to a real OpenFGA server: model and facts as its API takes them, checks through its SDK."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from openfga_sdk import CreateStoreRequest, WriteAuthorizationModelRequest
from openfga_sdk.client import ClientConfiguration
from openfga_sdk.client.models import ClientCheckRequest, ClientTuple, ClientWriteRequest
from openfga_sdk.sync import OpenFgaClient

from benchmark.agent.authorization import Direct, Fact, Model, Rule, Same, Through

WRITE_LIMIT = 100  # facts in one write; the server's own default limit


class ServerChecker:
    """Asks the server, one HTTP request a check."""

    def __init__(self, client: OpenFgaClient) -> None:
        self._client = client

    def check(self, user: str, relation: str, object_: str) -> bool:
        answer = self._client.check(ClientCheckRequest(user=user, relation=relation, object=object_))
        return bool(answer.allowed)


@contextmanager
def temporary_store(url: str, model: Model, facts: Sequence[Fact]) -> Iterator[ServerChecker]:
    """A checker on a store of its own, which holds the model and the facts and is deleted at the end.

    A run that is killed leaves its store behind: they are all named "bench-agent-sample".
    """
    with OpenFgaClient(ClientConfiguration(api_url=url)) as client:
        store = client.create_store(CreateStoreRequest(name="bench-agent-sample"))
        client.set_store_id(store.id)
        try:
            written = client.write_authorization_model(
                WriteAuthorizationModelRequest(schema_version="1.1", type_definitions=list(model_as_json(model)))
            )
            client.set_authorization_model_id(written.authorization_model_id)
            for start in range(0, len(facts), WRITE_LIMIT):
                batch = facts[start : start + WRITE_LIMIT]
                tuples = [ClientTuple(user=f.user, relation=f.relation, object=f.object) for f in batch]
                client.write(ClientWriteRequest(writes=tuples))
            yield ServerChecker(client)
        finally:
            client.delete_store()


def model_as_json(model: Model) -> Iterator[dict[str, Any]]:
    """The type definitions, in the JSON of OpenFGA's schema 1.1."""
    for name, relations in model.items():
        yield {
            "type": name,
            "relations": {relation: _userset(rules) for relation, rules in relations.items()},
            "metadata": {
                "relations": {
                    relation: {"directly_related_user_types": list(_references(rules))}
                    for relation, rules in relations.items()
                }
            },
        }


def _userset(rules: Sequence[Rule]) -> dict[str, Any]:
    children = [_child(rule) for rule in rules]
    return children[0] if len(children) == 1 else {"union": {"child": children}}


def _child(rule: Rule) -> dict[str, Any]:
    match rule:
        case Direct():
            return {"this": {}}
        case Same(relation):
            return {"computedUserset": {"relation": relation}}
        case Through(relation, link):
            return {"tupleToUserset": {"tupleset": {"relation": link}, "computedUserset": {"relation": relation}}}


def _references(rules: Iterable[Rule]) -> Iterator[dict[str, str]]:
    for rule in rules:
        if isinstance(rule, Direct):
            for kind in rule.types:
                name, _, relation = kind.partition("#")
                yield {"type": name, "relation": relation} if relation else {"type": name}
