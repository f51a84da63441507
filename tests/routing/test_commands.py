"""The commands that print rules and packets' ways, on recordings and on JSON objects."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
import zstandard
from django.core.management import CommandError, call_command

from tests.cluster import DEMOS

GOLDEN = Path(__file__).parent.parent / "conformance" / "kube-proxy" / "services-21.json.zst"
SERVICES = DEMOS / "services" / "recording.jsonl.zst"


def run(*arguments: object) -> str:
    """What the command says."""
    said = io.StringIO()
    call_command(*map(str, arguments), stdout=said, stderr=io.StringIO())
    return said.getvalue()


def test_a_json_object_may_be_compressed_or_not(tmp_path: Path) -> None:
    plain = tmp_path / "services.json"
    plain.write_bytes(json.dumps(json.loads(unpacked(GOLDEN)), indent=2).encode())
    for mode in ("iptables", "nftables"):
        arguments = ("--node", "node-2", "--mode", mode)
        assert run("proxy_rules", plain, *arguments) == run("proxy_rules", GOLDEN, *arguments)


def test_a_recording_has_rules_at_its_end_and_at_any_time(tmp_path: Path) -> None:
    arguments = ("--node", "node-1", "--mode", "iptables")
    plain = tmp_path / "services.jsonl"
    plain.write_bytes(unpacked(SERVICES))
    assert "shop/tour-clusterip" not in run("proxy_rules", plain, *arguments)
    assert "shop/tour-clusterip" not in run("proxy_rules", SERVICES, *arguments, "--at", "+1")
    at_six = run("proxy_rules", SERVICES, *arguments, "--at", "+6")
    assert '"shop/tour-clusterip cluster IP"' in at_six
    assert "! -s 10.244.0.0/16" in at_six
    assert "203.0.113.10/32" in run("proxy_rules", SERVICES, *arguments, "--at", "+18")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((GOLDEN, "--node", "node-9"), "there is no node “node-9”; there are: node-2."),
        ((GOLDEN, "--node", "node-2", "--at", "+1"), "is no recording, so it has no --at."),
        (("nothing.json", "--node", "node-2"), "nothing.json cannot be read: No such file or directory."),
        ((DEMOS / "services" / "about.toml", "--node", "node-2"), "cannot be read: this is not JSON: "),
        ((SERVICES, "--node", "node-1", "--at", "noon"), "“noon” is no time: write 2026-11-23T10:11:14Z"),
        ((SERVICES, "--node", "node-1", "--at", "2026-11-23T10:11:14"), "does not say its time zone"),
        ((SERVICES, "--node", "node-1", "--at", "1000"), "the recording begins after 1000."),
    ],
)
def test_what_is_wrong_is_a_sentence(arguments: tuple[object, ...], said: str) -> None:
    with pytest.raises(CommandError) as refused:
        run("proxy_rules", *arguments, "--mode", "iptables")
    assert said in str(refused.value)


@pytest.mark.parametrize("document", ["[]", "{}", '{"services": 1}', '{"services":[],"endpointslices":[]}', "", "\0"])
def test_what_is_no_snapshot_is_refused(tmp_path: Path, document: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(document)
    with pytest.raises(CommandError, match=r"bad\.json cannot be read: .*\.$"):
        run("proxy_rules", path, "--node", "node-2", "--mode", "nftables")


def unpacked(path: Path) -> bytes:
    return zstandard.ZstdDecompressor().stream_reader(path.read_bytes()).read()


def test_a_packets_way_is_printed_hop_by_hop() -> None:
    said = run("trace_packet", SERVICES, "--from", "outside", "--to", "10.10.0.11:30080", "--mode", "nftables")
    assert "1. outside: 198.51.100.1 sends to 10.10.0.11:30080 by TCP" in said
    assert "| services: ip daddr @nodeport-ips meta l4proto . th dport vmap @service-nodeports" in said
    assert "becomes  10.10.0.11 → 10.244." in said
    assert said.rstrip().rpartition("\n")[2].startswith("Delivered: shop/api-")


def test_a_packets_way_as_json() -> None:
    said = json.loads(run("trace_packet", SERVICES, "--from", "node-1", "--to", "10.96.0.1:444", "--json"))
    assert said["isDelivered"] is False
    assert [hop["kind"] for hop in said["hops"]] == ["sends", "node"]
    assert said["hops"][-1]["isBroken"] is True


def test_a_packets_way_through_a_json_object() -> None:
    said = run("trace_packet", GOLDEN, "--from", "node-2", "--to", "10.96.65.69:80")
    assert "from node-2 to node-3" in said or "on node-2 gets it" in said


def test_a_packet_that_cannot_be_traced_is_a_sentence() -> None:
    with pytest.raises(CommandError, match="there is no Pod “shop/nobody”"):
        run("trace_packet", SERVICES, "--from", "shop/nobody", "--to", "web:80")


def test_rules_from_a_node_are_compared(tmp_path: Path) -> None:
    saved = tmp_path / "saved.txt"
    arguments = (GOLDEN, "--node", "node-2", "--mode", "iptables", "--compare", saved)
    text = json.loads(unpacked(GOLDEN))["iptables_save"]
    saved.write_text(text)
    assert run("proxy_rules", *arguments) == "The node has what is expected.\n"
    saved.write_text(text.replace("--to-destination 10.244.0.18:80", "--to-destination 10.244.0.99:80"))
    assert run("proxy_rules", *arguments).startswith("shop/web\n  nat KUBE-SEP-")
    saved.write_text("nothing")
    with pytest.raises(CommandError, match="neither what iptables-save nor"):
        run("proxy_rules", *arguments)


def test_a_json_object_that_speaks_of_headers_is_no_recording(tmp_path: Path) -> None:
    odd = tmp_path / "odd.json"
    odd.write_text(json.dumps({**json.loads(unpacked(GOLDEN)), "note": "header", "more": {"kind": "header"}}))
    assert run("proxy_rules", odd, "--node", "node-2", "--mode", "iptables").startswith("*nat")


def test_without_a_kubelets_version_the_servers_counts(tmp_path: Path) -> None:
    old = tmp_path / "old.json"
    cluster = json.loads(unpacked(GOLDEN))
    del cluster["node"]["status"]["nodeInfo"]
    old.write_text(json.dumps({**cluster, "server_version": "v1.33.1"}))
    assert "mark-for-masquerade" in run("proxy_rules", old, "--node", "node-2", "--mode", "nftables")
