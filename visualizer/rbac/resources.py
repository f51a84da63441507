"""Resources by the words that people use for them: ``pods``, ``pods/exec``, ``deployments.apps``, ``deploy``.

A cluster's own resources are taken from what its log records. The built-in ones of Kubernetes 1.36 are known besides,
since a file may hold roles and bindings only.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final, NamedTuple

_BUILT_IN: Final = {
    "": "bindings configmaps endpoints events limitranges namespaces nodes persistentvolumeclaims persistentvolumes "
    "pods podtemplates replicationcontrollers resourcequotas secrets serviceaccounts services users groups",
    "admissionregistration.k8s.io": "mutatingadmissionpolicies mutatingadmissionpolicybindings "
    "mutatingwebhookconfigurations validatingadmissionpolicies validatingadmissionpolicybindings "
    "validatingwebhookconfigurations",
    "apiextensions.k8s.io": "customresourcedefinitions",
    "apiregistration.k8s.io": "apiservices",
    "apps": "controllerrevisions daemonsets deployments replicasets statefulsets",
    "authentication.k8s.io": "selfsubjectreviews tokenreviews userextras uids",
    "authorization.k8s.io": "localsubjectaccessreviews selfsubjectaccessreviews selfsubjectrulesreviews "
    "subjectaccessreviews",
    "autoscaling": "horizontalpodautoscalers",
    "batch": "cronjobs jobs",
    "certificates.k8s.io": "certificatesigningrequests signers",
    "coordination.k8s.io": "leases",
    "discovery.k8s.io": "endpointslices",
    "flowcontrol.apiserver.k8s.io": "flowschemas prioritylevelconfigurations",
    "networking.k8s.io": "ingressclasses ingresses ipaddresses networkpolicies servicecidrs",
    "node.k8s.io": "runtimeclasses",
    "policy": "poddisruptionbudgets",
    "rbac.authorization.k8s.io": "clusterrolebindings clusterroles rolebindings roles",
    "resource.k8s.io": "deviceclasses resourceclaims resourceclaimtemplates resourceslices",
    "scheduling.k8s.io": "priorityclasses",
    "storage.k8s.io": "csidrivers csinodes csistoragecapacities storageclasses volumeattachments",
}
_SHORT: Final = {
    "cj": "cronjobs", "cm": "configmaps", "crd": "customresourcedefinitions", "csr": "certificatesigningrequests",
    "deploy": "deployments", "ds": "daemonsets", "ep": "endpoints", "ev": "events", "hpa": "horizontalpodautoscalers",
    "ing": "ingresses", "netpol": "networkpolicies", "no": "nodes", "ns": "namespaces", "pdb": "poddisruptionbudgets",
    "po": "pods", "pv": "persistentvolumes", "pvc": "persistentvolumeclaims", "quota": "resourcequotas",
    "rc": "replicationcontrollers", "rs": "replicasets", "sa": "serviceaccounts", "sts": "statefulsets",
    "svc": "services",
}  # fmt: skip


class ResourceName(NamedTuple):
    """What a rule or a request calls a resource."""

    group: str
    resource: str
    subresource: str = ""


class UnknownResource(ValueError):
    """No resource goes by these words; the message says what might be meant."""


class Vocabulary:
    """The words for the resources of one cluster. ``recorded`` are keyed as in a log: ``apps/v1/deployments``."""

    def __init__(self, recorded: Iterable[str] = ()) -> None:
        self.groups: dict[str, set[str]] = {}
        for group, plurals in _BUILT_IN.items():
            for plural in plurals.split():
                self.groups.setdefault(plural, set()).add(group)
        for name in recorded:
            version, _, plural = name.rpartition("/")
            self.groups.setdefault(plural, set()).add(version.rpartition("/")[0])

    def find(self, text: str) -> ResourceName:
        """The resource that these words name. Raises :class:`UnknownResource`.

        A group may be named behind a dot; it must be for a resource that is not known. Of a plural in several groups
        the core one is meant (``events``), else the first by name.
        """
        text, _, subresource = text.lower().partition("/")
        if text == "*":
            return ResourceName("*", "*", subresource)
        plural, _, group = text.partition(".")
        if group:
            return ResourceName(group, plural, subresource)
        plural = self._plural(plural)
        return ResourceName(min(self.groups[plural]), plural, subresource)

    def _plural(self, word: str) -> str:
        word = _SHORT.get(word, word)
        for plural in (word, f"{word}s", f"{word}es", f"{word[:-1]}ies"):
            if plural in self.groups:
                return plural
        meant = get_close_matches(word, self.groups, n=1)
        hint = f" Did you mean {meant[0]}?" if meant else " Name its group behind a dot: widgets.example.com."
        raise UnknownResource(f"“{word}” is no resource that is known here.{hint}")
