"""What kube-proxy programs, beyond what the recorded files show: each case is one of kube-proxy's own rules."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from tests.routing.objects import endpoint, node, service, slice_of, snapshot, text, text_of
from visualizer.routing import names
from visualizer.routing.addresses import canonical, covering, merged
from visualizer.routing.endpoints import Viewpoint, endpoints_of
from visualizer.routing.iptablestext import chance
from visualizer.routing.nftablestext import duration
from visualizer.routing.ports import Port, ports_of
from visualizer.routing.rules import Mode
from visualizer.routing.settings import version_of

ENDPOINTS = slice_of("web", endpoint("10.244.0.5"), endpoint("10.244.1.5", "node-2"))


def test_names_are_those_of_kube_proxys_own_tests() -> None:
    port = Port("ns1/svc1", "p80", "TCP", "172.30.0.41", 80)
    (found,) = endpoints_of(
        [slice_of("svc1", endpoint("10.180.0.1"), ports=[{"name": "p80", "port": 80}])], Viewpoint("node-1")
    )["p80", "TCP"]
    assert names.iptables_hash(port) == "XPGD46QRK7WJZT7O"
    assert names.iptables_endpoint("ns1/svc1:p80tcp", found) == "KUBE-SEP-SXIVWICOYRO3J4NJ"
    assert names.nft_port(port) == "ULMVA6XW-ns1/svc1/tcp/p80"
    assert names.nft_endpoint(port, found) == "5OJB2KTY-ns1/svc1/tcp/p80__10.180.0.1/80"


def test_a_name_too_long_for_nft_ends_in_dots() -> None:
    long = Port(f"{'n' * 63}/{'s' * 63}", "p" * 63, "SCTP", "10.96.0.1", 80)
    (found,) = endpoints_of(
        [slice_of("s", endpoint("fd00:1111:2222:3333:4444:5555:6666:7777"), addressType="IPv6")],
        Viewpoint("node-1", family="IPv6"),
    )["http", "TCP"]
    name = names.nft_endpoint(long, found)
    assert len(name) == 240
    assert name.endswith("...")


@pytest.mark.parametrize(("out_of", "expected"), [(2, "0.50000000000"), (3, "0.33333333349"), (6, "0.16666666651")])
def test_a_chance_is_shown_as_the_kernel_keeps_it(out_of: int, expected: str) -> None:
    assert chance(out_of) == expected


def test_addresses_are_read_as_go_reads_them() -> None:
    assert canonical("010.096.000.001") == "10.96.0.1"
    assert canonical("FD00:0:0::1") == "fd00::1"
    assert canonical("::ffff:10.0.0.1") == "10.0.0.1"
    assert canonical("10.0.0.256") is None
    assert canonical("fe80::1%eth0") is None
    assert canonical("shop") is None


def test_networks_in_a_set_are_merged_as_nft_merges_them() -> None:
    assert merged(["203.0.113.101", "203.0.113.0/24", "10.0.0.0/8"]) == ["10.0.0.0/8", "203.0.113.0/24"]
    assert merged(["10.0.0.0/9", "10.128.0.0/9"]) == ["10.0.0.0/8"]
    assert merged(["10.0.0.1", "10.0.0.2"]) == ["10.0.0.1-10.0.0.2"]
    assert covering(["10.96.0.1", "10.96.200.3"]) == "10.96.0.0/16"


def test_times_are_written_as_nft_writes_them() -> None:
    assert [duration(seconds) for seconds in (60, 5400, 10_800, 90_061)] == ["1m", "1h30m", "3h", "1d1h1m1s"]


def test_versions() -> None:
    assert version_of("v1.33.4-eks-1234") == (1, 33)
    assert version_of("v1.99.0") == version_of("") == version_of("unknown") == (1, 36)


@pytest.mark.parametrize("mode", ["iptables", "nftables"])
def test_others_services_are_left_to_others(mode: Mode) -> None:
    empty = text(snapshot([], []), mode)
    headless = service(clusterIP="None", clusterIPs=["None"])
    outside = service(type="ExternalName", clusterIP="", externalName="example.com")
    assert text(snapshot([headless, outside], [ENDPOINTS]), mode) == empty


def test_a_service_for_another_proxy_is_left_to_it() -> None:
    web = service()
    labels = {"service.kubernetes.io/service-proxy-name": "another"}
    labelled = replace(web, metadata=replace(web.metadata, labels=labels))
    assert ports_of(web, "IPv4")[0]
    assert ports_of(labelled, "IPv4") == ([], [])


def test_an_address_in_two_slices_is_one_endpoint() -> None:
    again = slice_of("web", endpoint("10.244.0.5"), name="web-y")
    once, twice = (text(snapshot([service()], slices), "iptables") for slices in ([ENDPOINTS], [ENDPOINTS, again]))
    assert once == twice


def test_endpoints_are_sorted_as_text() -> None:
    rules = text(
        snapshot([service()], [slice_of("web", *(endpoint(f"10.244.0.{n}") for n in (10, 9, 100)))]), "iptables"
    )
    assert re.findall(r"-> 10\.244\.0\.(\d+):", rules) == ["100", "10", "9"]


def test_more_than_a_thousand_endpoints_have_no_comments() -> None:
    many = [endpoint(f"10.244.{n >> 8}.{n & 255}") for n in range(1_001)]
    few, all_of_them = (
        text(snapshot([service()], [slice_of("web", *many[:count])]), "iptables") for count in (1_000, 1_001)
    )
    assert few.count(" -> ") == 1_000
    assert all_of_them.count(" -> ") == 0
    assert "shop/web:http cluster IP" in all_of_them


def test_terminating_endpoints_serve_where_no_other_does() -> None:
    going = endpoint("10.244.0.5", ready=False, terminating=True)
    gone = endpoint("10.244.0.6", ready=False, serving=False, terminating=True)
    rules = text(snapshot([service()], [slice_of("web", going, gone)]), "nftables")
    assert "{ 0 : 10.244.0.5 . 8080 }" in rules


def test_hints_for_nodes_are_heeded_since_1_34() -> None:
    hinted = [
        endpoint(f"10.244.{n}.5", f"node-{n + 1}", hints={"forNodes": [{"name": f"node-{n + 1}"}]}) for n in range(2)
    ]
    for version, expected in (("v1.33.1", 2), ("v1.34.0", 1)):
        rules = text(snapshot([service()], [slice_of("web", *hinted)], node(version=version)), "iptables")
        assert rules.count(" -> ") == expected


def test_internal_policy_local_without_a_local_endpoint_drops() -> None:
    remote = slice_of("web", endpoint("10.244.1.5", "node-2"))
    rules = text(snapshot([service(internalTrafficPolicy="Local")], [remote]), "iptables")
    assert '-d 10.96.1.1/32 -p tcp -m comment --comment "shop/web:http has no local endpoints"' in rules


def test_a_load_balancer_in_proxy_mode_is_not_caught() -> None:
    balanced = service(type="LoadBalancer", ingress=[{"ip": "203.0.113.1", "ipMode": "Proxy"}])
    assert "203.0.113.1" not in text(snapshot([balanced], [ENDPOINTS]), "iptables")


def test_the_nftables_layout_of_1_35() -> None:
    rules = text(snapshot([service(type="NodePort")], [ENDPOINTS], node(version="v1.35.0")), "nftables")
    assert "chain mark-for-masquerade {\n\t\tmeta mark set meta mark | 0x00004000\n" in rules
    assert "ip daddr 10.96.1.1 ip saddr != 10.244.0.0/16 jump mark-for-masquerade" in rules
    assert "hairpin" not in rules
    assert re.search(r"chain endpoint-\S+ \{\n\t\tip saddr 10\.244\.0\.5 jump mark-for-masquerade\n", rules)
    assert "chain filter-output-pre-dnat" in rules


def test_the_nftables_layout_of_1_31() -> None:
    rules = text(snapshot([service()], [ENDPOINTS], node(version="v1.31.0")), "nftables")
    assert "ip daddr 10.96.1.1 tcp dport 80 ip saddr != 10.244.0.0/16 jump mark-for-masquerade" in rules
    assert "chain filter-output-post-dnat {\n\t\ttype filter hook output priority -90; policy accept;" in rules
    assert "unallocated" not in rules


@pytest.mark.parametrize("mode", ["iptables", "nftables"])
def test_ipv6(mode: Mode) -> None:
    dual = service(clusterIPs=["10.96.1.1", "fd00:96::1"])
    six = slice_of("web", endpoint("fd00::5"), addressType="IPv6")
    cluster = snapshot([dual], [ENDPOINTS, six], node(ip="fd00:10::1"))
    rules = text_of(cluster.proxy("node-1", mode, family="IPv6", cluster_cidr="10.244.0.0/16,fd00::/64"))
    assert "10.244." not in rules
    if mode == "iptables":
        assert "-j DNAT --to-destination [fd00::5]:8080" in rules
        assert "! -d ::1/128" in rules
        assert "block incoming localnet connections" not in rules
    else:
        assert rules.startswith("table ip6 kube-proxy {")
        assert "dnat ip6 to numgen random mod 1 map { 0 : fd00::5 . 8080 }" in rules
        assert "ip6 saddr != fd00::/64" in rules
