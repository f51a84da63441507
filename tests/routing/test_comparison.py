"""Rules pasted from a node, compared with what is expected there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conformance.test_kube_proxy import FILES, read
from visualizer.routing.comparison import ServiceDifference, compare
from visualizer.routing.pasted import PasteError, read_pasted
from visualizer.routing.rules import Mode

MODES: tuple[Mode, ...] = ("iptables", "nftables")
GOLDEN = "services-24.json.zst"
OTHERS = """\
table inet filter {
	chain input {
		type filter hook input priority filter; policy accept;
	}
}
"""


def pasted(mode: Mode, name: str = GOLDEN) -> str:
    recorded = read(name)[1]
    return recorded.iptables_save if mode == "iptables" else recorded.nft


def differences(text: str, mode: Mode, name: str = GOLDEN) -> list[ServiceDifference]:
    return compare(read_pasted(text), read(name)[0].proxy("node-2", mode))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", FILES)
def test_a_real_node_has_what_is_expected(name: str, mode: Mode) -> None:
    found = [item.service for item in differences(pasted(mode, name), mode, name)]
    behind = ["golden-net/svc-13", "golden-net/svc-7"]  # saved before kube-proxy there knew its zone
    assert found == (behind if (name, mode) == ("services-25.json.zst", "iptables") else [])


def test_a_rule_that_was_taken_out_is_missed_at_its_service() -> None:
    lines = pasted("iptables").splitlines()
    gone = next(line for line in lines if "-j KUBE-SEP-" in line and "shop/web:http" in line)
    (found,) = differences("\n".join(line for line in lines if line != gone), "iptables")
    assert found.service == "shop/web"
    (difference,) = found.differences
    assert difference.expected == (gone,)
    assert difference.found == ()


def test_a_rule_of_someone_else_in_between_is_told() -> None:
    text = pasted("iptables").replace("COMMIT", "-A KUBE-SERVICES -s 10.0.0.0/8 -j DROP\nCOMMIT", 1)
    (found,) = differences(text, "iptables")
    assert (found.service, found.differences[0].found) == ("", ("-A KUBE-SERVICES -s 10.0.0.0/8 -j DROP",))


def test_another_endpoint_is_told_at_its_service() -> None:
    text = pasted("nftables").replace("0 : 10.244.0.18 . 80", "0 : 10.244.0.99 . 80")
    (found,) = differences(text, "nftables")
    assert found.service == "shop/web"
    assert "10.244.0.99" in found.differences[0].found[0]


def test_an_element_that_is_missing_is_told_at_its_service() -> None:
    lines = pasted("nftables").splitlines()
    gone = next(line for line in lines if "external-" in line and "shop/api-nodeport" in line and "goto" in line)
    (found,) = differences("\n".join(line for line in lines if line != gone), "nftables")
    assert found.service == "shop/api-nodeport"


def test_order_within_a_services_chain_counts() -> None:
    lines = pasted("iptables").splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("-A KUBE-SVC-67NZLRHBNDSAWJRO"))
    lines[first + 1], lines[first + 2] = lines[first + 2], lines[first + 1]
    (found,) = differences("\n".join(lines), "iptables")
    assert (found.service, found.differences[0].is_reordered) == ("shop/web", True)


def test_counters_and_other_programs_do_not_count() -> None:
    counted = "\n".join(
        f"[12:3456] {line}" if line.startswith("-A") else line for line in pasted("iptables").splitlines()
    )
    assert differences(f"# -c\n{counted}\n*mangle\n:PREROUTING ACCEPT [0:0]\nCOMMIT", "iptables") == []
    reject = pasted("nftables").replace("\t\treject\n", "\t\tcounter packets 3 bytes 180 reject\n")
    assert differences(OTHERS + reject, "nftables") == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "neither what iptables-save nor"),
        ("*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT", "no chain in it is kube-proxy's"),
        (OTHERS, "neither what iptables-save nor"),
    ],
)
def test_what_is_neither_is_a_sentence(text: str, says: str) -> None:
    with pytest.raises(PasteError, match=says):
        read_pasted(text)


def test_another_mode_is_a_sentence() -> None:
    with pytest.raises(PasteError, match="pasted are of iptables and IPv4, and these are of nftables"):
        differences(pasted("iptables"), "nftables")


@given(
    st.text()
    | st.text(alphabet="*:-A natKUBE-SVC{}\n\t chain table ip kube-proxy elements=").map("*nat\n:KUBE-X\n{}".format)
)
def test_whatever_is_pasted_is_read_or_refused_in_a_sentence(text: str) -> None:
    try:
        pasted_rules = read_pasted(text)
    except PasteError:
        return
    assert all(isinstance(lines, list) for lines in pasted_rules.lines.values())
