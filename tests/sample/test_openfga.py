"""Checks through openfga-sdk: against a real server when FGA_API_URL names one, else a loopback one of its endpoints.

The loopback server keeps to OpenFGA's API (paths, statuses, limits, JSON of model and tuples) and evaluates the JSON it
was sent by working out everything that follows: another algorithm on another form of the model than the embedded one.
"""

import json
import os
import re
import threading
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from openfga_sdk.client import ClientConfiguration
from openfga_sdk.sync import OpenFgaClient

from benchmark.agent import openfga
from benchmark.agent.authorization import EmbeddedChecker, Fact
from benchmark.agent.shop import FOLDERS, MODEL

STORE_ID = "01HVMMBCMGZNT3SED4Z17ECX{:02}"  # the SDK insists on well-formed ids
MODEL_ID = "01HVMMBCNMZNT3SED4Z17ECXCA"


class LoopbackOpenFga(BaseHTTPRequestHandler):
    """The endpoints the sample uses. What the real server refuses, this one refuses with the same status and code."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    stores: dict[str, dict[str, Any]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path == "/stores":
            store_id = STORE_ID.format(len(self.stores))
            stamp = "2025-10-20T00:00:00Z"
            about = {"id": store_id, "name": body["name"], "created_at": stamp, "updated_at": stamp}
            self.stores[store_id] = {"about": about, "types": {}, "tuples": set(), "derived": set()}
            self._send(201, about)
            return
        _, _, store_id, action = self.path.split("/")
        store = self.stores.get(store_id)
        if store is None:
            self._send(404, {"code": "store_id_not_found", "message": "Store ID not found"})
        elif action == "authorization-models":
            store["types"] = {definition["type"]: definition for definition in body["type_definitions"]}
            self._send(201, {"authorization_model_id": MODEL_ID})
        elif body["authorization_model_id"] != MODEL_ID:
            self._send(400, {"code": "authorization_model_not_found", "message": "Authorization Model not found"})
        elif action == "write":
            self._write(store, body["writes"]["tuple_keys"])
        elif action == "check":
            key = body["tuple_key"]
            allowed = (key["user"], key["relation"], key["object"]) in store["derived"]
            self._send(200, {"allowed": allowed, "resolution": ""})

    def do_GET(self) -> None:
        assert self.path.partition("?")[0] == "/stores"
        self._send(200, {"stores": [store["about"] for store in self.stores.values()], "continuation_token": ""})

    def do_DELETE(self) -> None:
        del self.stores[self.path.split("/")[2]]
        self._send(204, None)

    def log_message(self, *_: object) -> None:
        pass

    def _write(self, store: dict[str, Any], keys: list[dict[str, str]]) -> None:
        if len(keys) > 100:
            self._send(400, {"code": "exceeded_entity_limit", "message": "The number of write operations exceeds 100"})
            return
        for key in keys:
            fact = (key["user"], key["relation"], key["object"])
            if fact in store["tuples"] or not self._is_typed(store["types"], *fact):
                self._send(400, {"code": "validation_error", "message": f"Invalid tuple {fact}"})
                return
            store["tuples"].add(fact)
        store["derived"] = derive(store["types"], store["tuples"])
        self._send(200, {})

    @staticmethod
    def _is_typed(types: dict[str, Any], user: str, relation: str, object_: str) -> bool:
        kind, _, user_relation = re.fullmatch(r"(\w+):[^#]+(#(\w+))?", user).groups()
        direct = types[object_.partition(":")[0]]["metadata"]["relations"][relation]["directly_related_user_types"]
        return ({"type": kind, "relation": user_relation} if user_relation else {"type": kind}) in direct

    def _send(self, status: int, document: dict[str, Any] | None) -> None:
        body = b"" if document is None else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def derive(types: dict[str, Any], tuples: set[tuple[str, str, str]]) -> set[tuple[str, str, str]]:
    """All facts that follow from the tuples by the JSON model, the tuples included."""
    known = set(tuples)
    objects = {object_ for _, _, object_ in tuples}
    while True:
        new = {
            (user, relation, object_)
            for object_ in objects
            for relation, rule in types[object_.partition(":")[0]]["relations"].items()
            for child in rule.get("union", {"child": [rule]})["child"]
            for user in holders(child, relation, object_, known)
        }
        if new <= known:
            return known
        known |= new


def holders(child: dict[str, Any], relation: str, object_: str, known: set[tuple[str, str, str]]) -> set[str]:
    """Who one child of a rule gives the relation to, as far as is known."""
    if "computedUserset" in child:
        other = child["computedUserset"]["relation"]
        return {user for user, held, on in known if (held, on) == (other, object_)}
    if "tupleToUserset" in child:
        link = child["tupleToUserset"]["tupleset"]["relation"]
        other = child["tupleToUserset"]["computedUserset"]["relation"]
        linked = {target for target, held, on in known if (held, on) == (link, object_)}
        return {user for user, held, on in known if held == other and on in linked}
    groups = {tuple(user.split("#")) for user, held, on in known if (held, on) == (relation, object_) and "#" in user}
    return {user for user, held, on in known if (on, held) in groups}


@pytest.fixture(scope="module")
def server_url():
    if url := os.environ.get("FGA_API_URL"):
        yield url
        return
    handler = type("Handler", (LoopbackOpenFga,), {"stores": {}})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def few_facts(shop):
    """The shop's facts without most of its customers, who are all alike."""
    return [
        Fact("user:customer-0", "member", "team:north"),
        *(fact for fact in shop.facts if not fact.user.startswith("user:customer-")),
    ]


def test_a_server_gives_the_answers_of_the_embedded_checker(server_url, few_facts):
    embedded = EmbeddedChecker(MODEL, few_facts)
    users = ["user:customer-0", "user:mechanic-0", "user:mechanic-1", "user:stranger"]
    checks = [(user, "viewer", f"folder:{name}") for user in users for name in [*FOLDERS, "nowhere"]]
    checks += [(user, "can_ask", "agent:support") for user in users]

    with openfga.temporary_store(server_url, MODEL, few_facts) as server:
        answers = [server.check(*check) for check in checks]

    assert answers == [embedded.check(*check) for check in checks]
    assert 10 < sum(answers) < len(answers) - 10


def test_all_the_shops_facts_are_written(server_url, shop):
    assert len(shop.facts) > openfga.WRITE_LIMIT

    with openfga.temporary_store(server_url, MODEL, shop.facts) as server:
        assert server.check("user:customer-000", "member", "team:north")
        assert server.check("user:mechanic-0", "owner", "folder:suppliers")


@pytest.mark.parametrize("ending", [None, RuntimeError])
def test_a_temporary_store_is_deleted_however_it_ends(server_url, ending):
    facts = [Fact("user:ana", "owner", "folder:help")]
    before = stores_at(server_url)

    with pytest.raises(ending) if ending else nullcontext(), openfga.temporary_store(server_url, MODEL, facts):
        assert len(stores_at(server_url) - before) == 1
        if ending:
            raise ending

    assert stores_at(server_url) == before


def stores_at(url: str) -> set[str]:
    with OpenFgaClient(ClientConfiguration(api_url=url)) as client:
        return {store.id for store in client.list_stores().stores}


def test_the_suite_checks_on_the_server_the_environment_names(server_url, run_suite):
    before = stores_at(server_url)

    finished = run_suite("test_authorization.py", "--benchmark-disable", FGA_API_URL=server_url)

    assert finished.passed == 3
    assert stores_at(server_url) == before
