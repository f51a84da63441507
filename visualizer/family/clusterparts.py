"""What is about other objects as a whole names: autoscalers, bindings, webhooks, aggregated APIs, definitions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from visualizer.family.references import Links, Meta, Part, Reference, group_of, told_once
from visualizer.objects import RoleRef, Subject

_RBAC: Final = "rbac.authorization.k8s.io"


class _Target(Part, frozen=True):
    api_version: str = ""
    kind: str = ""
    name: str = ""


class _ScalerSpec(Part, frozen=True):
    scale_target_ref: _Target = _Target()


class _Scaler(Part, frozen=True):
    metadata: Meta = Meta()
    spec: _ScalerSpec = _ScalerSpec()


class _Binding(Part, frozen=True):
    metadata: Meta = Meta()
    role_ref: RoleRef = RoleRef()
    subjects: list[Subject] | None = None


class _Service(Part, frozen=True):
    namespace: str = ""
    name: str = ""


class _Client(Part, frozen=True):
    service: _Service | None = None


class _Webhook(Part, frozen=True):
    name: str = ""
    client_config: _Client = _Client()
    failure_policy: str = "Fail"


class _Webhooks(Part, frozen=True):
    webhooks: list[_Webhook] | None = None


class _ApiSpec(Part, frozen=True):
    service: _Service | None = None
    group: str = ""
    version: str = ""


class _Api(Part, frozen=True):
    spec: _ApiSpec = _ApiSpec()


class _ConversionHook(Part, frozen=True):
    client_config: _Client | None = None


class _Conversion(Part, frozen=True):
    webhook: _ConversionHook | None = None


class _DefinitionSpec(Part, frozen=True):
    conversion: _Conversion | None = None


class _Definition(Part, frozen=True):
    spec: _DefinitionSpec = _DefinitionSpec()


class _PolicyBindingSpec(Part, frozen=True):
    policy_name: str = ""


class _PolicyBinding(Part, frozen=True):
    spec: _PolicyBindingSpec = _PolicyBindingSpec()


_scalers: Final = msgspec.json.Decoder(_Scaler)
_bindings: Final = msgspec.json.Decoder(_Binding)
_webhooks: Final = msgspec.json.Decoder(_Webhooks)
_apis: Final = msgspec.json.Decoder(_Api)
_definitions: Final = msgspec.json.Decoder(_Definition)
_policy_bindings: Final = msgspec.json.Decoder(_PolicyBinding)


def _scaler(raw: bytes) -> Links:
    scaler = _scalers.decode(raw)
    target, namespace = scaler.spec.scale_target_ref, scaler.metadata.namespace
    group, without = group_of(target.api_version), "it has nothing to scale"
    return Links(
        told_once([Reference(group, target.kind, namespace, target.name, "scales", "spec.scaleTargetRef", without)])
    )


def _binding(raw: bytes) -> Links:
    binding = _bindings.decode(raw)
    role, namespace = binding.role_ref, binding.metadata.namespace
    own = namespace if role.kind == "Role" else ""
    found = [Reference(_RBAC, role.kind, own, role.name, "grants", "roleRef", "it grants nothing")]
    for each in binding.subjects or ():
        if each.kind == "ServiceAccount":
            where = each.namespace or namespace
            gone = "it binds an account that is not there"
            found.append(Reference("", "ServiceAccount", where, each.name, "binds", "subjects", gone))
    return Links(told_once(found))


def _webhook(raw: bytes) -> Links:
    found = []
    for hook in _webhooks.decode(raw).webhooks or ():
        service = hook.client_config.service
        if service is not None:
            asks = "are refused" if hook.failure_policy != "Ignore" else "go on without it"
            without = f"writes that ask {hook.name} {asks}"
            where = f"webhooks[{hook.name}].clientConfig.service"
            found.append(
                Reference("", "Service", service.namespace, service.name, f"webhook {hook.name}", where, without)
            )
    return Links(told_once(found))


def _api(raw: bytes) -> Links:
    spec = _apis.decode(raw).spec
    if spec.service is None:
        return Links()
    without = f"{spec.group}/{spec.version} is not served"
    where = spec.service
    return Links(
        told_once([Reference("", "Service", where.namespace, where.name, "served by", "spec.service", without)])
    )


def _definition(raw: bytes) -> Links:
    conversion = _definitions.decode(raw).spec.conversion
    hook = conversion.webhook if conversion else None
    service = hook.client_config.service if hook and hook.client_config else None
    if service is None:
        return Links()
    without = "its objects cannot be converted between versions"
    return Links(
        told_once(
            [Reference("", "Service", service.namespace, service.name, "converted by", "spec.conversion", without)]
        )
    )


def _policy_binding(kind: str) -> Callable[[bytes], Links]:
    def read(raw: bytes) -> Links:
        name = _policy_bindings.decode(raw).spec.policy_name
        group, without = "admissionregistration.k8s.io", "it binds nothing"
        return Links(told_once([Reference(group, kind, "", name, "policy", "spec.policyName", without)]))

    return read


READERS: Final[Mapping[tuple[str, str], Callable[[bytes], Links]]] = {
    ("autoscaling", "horizontalpodautoscalers"): _scaler,
    (_RBAC, "rolebindings"): _binding,
    (_RBAC, "clusterrolebindings"): _binding,
    ("admissionregistration.k8s.io", "validatingwebhookconfigurations"): _webhook,
    ("admissionregistration.k8s.io", "mutatingwebhookconfigurations"): _webhook,
    ("admissionregistration.k8s.io", "validatingadmissionpolicybindings"): _policy_binding("ValidatingAdmissionPolicy"),
    ("admissionregistration.k8s.io", "mutatingadmissionpolicybindings"): _policy_binding("MutatingAdmissionPolicy"),
    ("apiregistration.k8s.io", "apiservices"): _api,
    ("apiextensions.k8s.io", "customresourcedefinitions"): _definition,
}
"""By group and plural."""
