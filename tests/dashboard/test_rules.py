"""A node's own rules against those expected there, by the HTTP API: compared, told in parts, and not kept."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from dashboard import rules_api
from tests.cluster import DEMOS
from visualizer.log.importing import import_recording
from visualizer.log.reader import Reader
from visualizer.models import Log
from visualizer.routing import iptablestext, nftablestext
from visualizer.routing.model import Routing
from visualizer.routing.rules import Mode

pytestmark = pytest.mark.django_db
TEXTS = {"iptables": iptablestext.lines, "nftables": nftablestext.lines}


@pytest.fixture
def log() -> Log:
    with (DEMOS / "services" / "recording.jsonl.zst").open("rb") as stream:
        return import_recording(stream, slug="services")


def printed(log: Log, mode: Mode, at: int) -> list[str]:
    """What node-1 would print at this place, if it had what is expected."""
    proxy = Routing.build(Reader(log).seek(at).store).proxy("node-1", mode)
    assert proxy is not None
    return list(TEXTS[mode](proxy.ruleset()))


def compare(text: str, *, client: Client | None = None, slug: str = "services", **fields: Any) -> Any:
    ruleset = SimpleUploadedFile("rules", text.encode())
    data = {"node": "node-1", "ruleset": ruleset, **fields}
    return (client or Client()).post(f"/api/logs/{slug}/rules/compare", data)


@pytest.mark.parametrize("mode", ["iptables", "nftables"])
def test_a_node_that_has_what_is_expected_differs_in_nothing(log: Log, mode: Mode) -> None:
    answer = compare("\n".join(printed(log, mode, 200)), at=200).json()
    assert answer == {
        "seq": 200, "node": "node-1", "mode": mode, "family": "IPv4", "services": [], "left_off": 0
    }  # fmt: skip


def test_what_is_missing_and_what_is_too_much_is_told_for_its_service(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "\n".join(line for line in printed(log, "iptables", 200) if "--dport 31554" not in line)
    (item,) = compare(text, at=200).json()["services"]
    assert item["service"] == "shop/tour-clusterip"
    (difference,) = item["differences"]
    assert difference["chain"] == "nat KUBE-NODEPORTS"
    assert not difference["found"]
    assert all("--dport 31554" in line for line in difference["expected"])
    monkeypatch.setattr(rules_api, "MOST_LINES", 0)
    answer = compare(text, at=200).json()
    assert (answer["services"], answer["left_off"]) == ([], len(difference["expected"]))


def test_at_another_place_other_rules_are_expected(log: Log) -> None:
    text = "\n".join(printed(log, "nftables", 200))
    assert compare(text).json()["seq"] == log.last_seq
    assert compare(text).json()["services"]


def test_what_cannot_be_compared_is_refused_in_a_sentence(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = "\n".join(printed(log, "iptables", 200))
    refused = {
        "neither what iptables-save nor": compare("hello"),
        "no node “node-9”": compare(rules, node="node-9"),
        "no log “none”": compare(rules, slug="none"),
    }
    assert [answer.status_code for answer in refused.values()] == [400, 404, 404]
    for words, answer in refused.items():
        assert words in answer.json()["problem"]
    monkeypatch.setattr(rules_api, "MOST_BYTES", 10)
    assert compare(rules).status_code == 413


def test_only_a_page_of_this_site_may_ask(log: Log) -> None:
    assert compare("hello", client=Client(enforce_csrf_checks=True)).status_code == 403


def test_blocks_that_never_end_are_passed_over_in_no_time(log: Log) -> None:
    blocks = io.StringIO()
    blocks.write("table ip kube-proxy {\n" + "\tchain a {\n\n" * 200_000 + "}\n")
    answer = compare(blocks.getvalue())
    assert answer.status_code == 200
