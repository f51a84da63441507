"""Which mode a kube-proxy runs in, as far as anything tells."""

from __future__ import annotations

import msgspec
import pytest

from visualizer.objects import Pod
from visualizer.routing.modes import mode_from_pods, mode_in_arguments, mode_in_config, mode_in_metrics

CONFIG = """\
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clusterCIDR: 10.244.0.0/16
{mode}
"""


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("mode: nftables", "nftables"),
        ('mode: "ipvs"', "ipvs"),
        ('mode: ""', "iptables"),
        ("", "iptables"),
        ("mode: winkernel", "unknown"),
    ],
)
def test_in_its_config_map(line: str, kind: str) -> None:
    found = mode_in_config(CONFIG.format(mode=line))
    assert (found.kind, found.cluster_cidr) == (kind, "10.244.0.0/16")


def test_ipvs_is_told_in_words() -> None:
    assert "kube-ipvs0" in mode_in_config("mode: ipvs").words


def test_in_its_arguments() -> None:
    found = mode_in_arguments(["kube-proxy", "--proxy-mode=nftables", "--cluster-cidr", "10.0.0.0/8"])
    assert found is not None
    assert (found.kind, found.cluster_cidr) == ("nftables", "10.0.0.0/8")
    assert mode_in_arguments(["kube-proxy", "--config=/var/lib/kube-proxy/config.conf"]) is None


def test_in_its_metrics() -> None:
    for text, kind in (
        ("kubeproxy_iptables_ct_state_invalid_dropped_packets_total 0\n", "iptables"),
        ("# HELP x\nkubeproxy_nftables_sync_failures_total 0\n", "nftables"),
        ("ipvs", "ipvs"),
    ):
        found = mode_in_metrics(text)
        assert found is not None
        assert found.kind == kind
    assert mode_in_metrics("process_cpu_seconds_total 1\n") is None


def pods(**labels: str) -> list[Pod]:
    raw = {"metadata": {"name": "agent", "namespace": "kube-system", "labels": labels}}
    return [msgspec.convert(raw, Pod)]


def test_from_the_pods_that_run() -> None:
    proxy, cilium = pods(**{"k8s-app": "kube-proxy"}), pods(**{"k8s-app": "cilium"})
    assert mode_from_pods(cilium).kind == "replaced"
    assert "agents of Cilium" in mode_from_pods(cilium).words
    assert mode_from_pods([*cilium, *proxy]).kind == "unknown"
    assert mode_from_pods([]).words.startswith("Nothing here tells")
