"""Which way the nodes send packets to Services: kube-proxy's mode, or what stands in its place, where it can be found.

The mode is in no object that a cluster must have. It may be in kube-proxy's ConfigMap (kubeadm and others put it
there), in the arguments of its Pods, or in its metrics. Some network plugins do without kube-proxy altogether.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, Literal

from msgspec import Struct

from visualizer.objects import Pod, key_of

ProxyKind = Literal["iptables", "nftables", "ipvs", "replaced", "unknown"]
"""“replaced” says that something other than kube-proxy does it; “unknown” that nothing here tells."""

DEFAULT: Final = "iptables"
"""What kube-proxy on Linux does where its mode is left empty (cmd/kube-proxy/app/server_linux.go)."""

_CONFIG_MODE: Final = re.compile(r"^\s*mode:\s*[\"']?([a-z]*)[\"']?\s*(?:#.*)?$", re.MULTILINE)
_CONFIG_CIDR: Final = re.compile(r"^\s*clusterCIDR:\s*[\"']?([0-9a-fA-F:./,]*)[\"']?\s*(?:#.*)?$", re.MULTILINE)
_ARGUMENT: Final = re.compile(r"^--(proxy-mode|cluster-cidr)(?:=(.*))?$")
_METRIC: Final = re.compile(r"^kubeproxy_(iptables|nftables|ipvs)_|proxyMode[\"=: ]+\"?(iptables|nftables|ipvs)", re.M)

_REPLACEMENTS: Final = {
    ("k8s-app", "cilium"): "Cilium",
    ("app.kubernetes.io/name", "cilium-agent"): "Cilium",
    ("k8s-app", "kube-router"): "kube-router",
}
"""Agents that can do kube-proxy's work with programs in the kernel (eBPF) or in another way, by a label of theirs."""

IPVS_WORDS: Final = (
    "In IPVS mode each Service address is an address of a dummy interface (kube-ipvs0), and the kernel's own load "
    "balancer (ipvsadm -L -n) chooses the endpoint by its scheduler, rr by default. A few iptables rules over ipsets "
    "(KUBE-CLUSTER-IP, KUBE-LOOP-BACK, KUBE-NODE-PORT-TCP and others) mark what must be masqueraded. Orrery does not "
    "make these rules."
)
REPLACED_WORDS: Final = (
    "No Pod of kube-proxy is seen, and agents of {name} are: most likely it sends packets to endpoints by itself, "
    "without rules of kube-proxy. What it does is not shown here."
)
UNKNOWN_WORDS: Final = (
    "Nothing here tells kube-proxy's mode. Choose one: iptables is the default of every version so far."
)


class Finding(Struct, frozen=True):
    """What is known: the kind, where it was found, and what that means. ``cluster_cidr`` is empty where it is not."""

    kind: ProxyKind
    source: str
    words: str = ""
    cluster_cidr: str = ""


def mode_in_config(text: str) -> Finding:
    """What kube-proxy's ConfigMap says (``config.conf``, KubeProxyConfiguration in YAML). No mode means iptables."""
    mode, cidr = _CONFIG_MODE.search(text), _CONFIG_CIDR.search(text)
    found = mode[1] if mode else ""
    return _finding(found or DEFAULT, "kube-proxy's ConfigMap", cidr[1] if cidr else "")


def mode_in_arguments(arguments: Sequence[str]) -> Finding | None:
    """What a kube-proxy was started with, or None where its command line does not say."""
    found = {"proxy-mode": "", "cluster-cidr": ""}
    for position, argument in enumerate(arguments):
        match = _ARGUMENT.match(argument)
        if match:
            following = arguments[position + 1] if position + 1 < len(arguments) else ""
            found[match[1]] = match[2] if match[2] is not None else following
    if not any(found.values()):
        return None
    return _finding(found["proxy-mode"] or DEFAULT, "the arguments of kube-proxy", found["cluster-cidr"])


def mode_in_metrics(text: str) -> Finding | None:
    """What kube-proxy's metrics, or its ``/proxyMode``, show: each mode has metrics that others have not."""
    if text.strip() in ("iptables", "nftables", "ipvs"):
        return _finding(text.strip(), "kube-proxy's /proxyMode")
    match = _METRIC.search(text)
    return _finding(match[1] or match[2], "kube-proxy's metrics") if match else None


def mode_from_pods(pods: Iterable[Pod]) -> Finding:
    """What the Pods tell: whether a kube-proxy runs at all, and if not, who stands in for it."""
    replacement, name = None, ""
    for pod in pods:
        labels = pod.metadata.labels or {}
        if labels.get("k8s-app") == "kube-proxy" or labels.get("component") == "kube-proxy":
            return Finding("unknown", f"Pod {key_of(pod.metadata)}", UNKNOWN_WORDS)
        for label, found in _REPLACEMENTS.items():
            if replacement is None and labels.get(label[0]) == label[1]:
                replacement, name = f"Pod {key_of(pod.metadata)}", found
    if replacement is not None:
        return Finding("replaced", replacement, REPLACED_WORDS.format(name=name))
    return Finding("unknown", "", UNKNOWN_WORDS)


def _finding(mode: str, source: str, cluster_cidr: str = "") -> Finding:
    if mode == "iptables":
        return Finding("iptables", source, cluster_cidr=cluster_cidr)
    if mode == "nftables":
        return Finding("nftables", source, cluster_cidr=cluster_cidr)
    if mode == "ipvs":
        return Finding("ipvs", source, IPVS_WORDS, cluster_cidr)
    return Finding("unknown", source, f"{source} says “{mode}”, which is no mode that is known here.", cluster_cidr)
