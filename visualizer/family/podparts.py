"""What a Pod names, and what makes Pods: volumes, variables, its account, its class, its claims.

What a missing name does is what the kubelet does: pkg/kubelet/kubelet_pods.go (variables), pkg/volume (volumes),
pkg/kubelet/kubelet.go and images (pull secrets), and the admission plugins ServiceAccount and Priority.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec
from msgspec import field

from visualizer.family.references import Links, Meta, Named, Part, Reference, told_once
from visualizer.objects import LabelSelector


class _KeySource(Part, frozen=True):
    config_map_key_ref: Named | None = None
    secret_key_ref: Named | None = None


class _Variable(Part, frozen=True):
    name: str = ""
    value_from: _KeySource | None = None


class _Variables(Part, frozen=True):
    config_map_ref: Named | None = None
    secret_ref: Named | None = None


class _Container(Part, frozen=True):
    name: str = ""
    env: list[_Variable] | None = None
    env_from: list[_Variables] | None = None


class _Item(Part, frozen=True):
    key: str = ""


class _Files(Part, frozen=True):
    name: str = ""
    secret_name: str = ""
    optional: bool | None = None
    items: list[_Item] | None = None


class _Claim(Part, frozen=True):
    claim_name: str = ""


class _Source(Part, frozen=True):
    config_map: _Files | None = None
    secret: _Files | None = None


class _Projected(Part, frozen=True):
    sources: list[_Source] | None = None


class _Driver(Part, frozen=True):
    driver: str = ""
    node_publish_secret_ref: Named | None = None


class _Ephemeral(Part, frozen=True):
    pass


class _Volume(Part, frozen=True):
    name: str = ""
    config_map: _Files | None = None
    secret: _Files | None = None
    persistent_volume_claim: _Claim | None = None
    projected: _Projected | None = None
    csi: _Driver | None = None
    ephemeral: _Ephemeral | None = None


class _ResourceClaim(Part, frozen=True):
    name: str = ""
    resource_claim_name: str | None = None
    resource_claim_template_name: str | None = None


class _PodSpec(Part, frozen=True):
    volumes: list[_Volume] | None = None
    containers: list[_Container] | None = None
    init_containers: list[_Container] | None = None
    ephemeral_containers: list[_Container] | None = None
    service_account_name: str = ""
    priority_class_name: str = ""
    runtime_class_name: str | None = None
    image_pull_secrets: list[Named] | None = None
    resource_claims: list[_ResourceClaim] | None = None


class _Pod(Part, frozen=True):
    metadata: Meta = Meta()
    spec: _PodSpec = _PodSpec()


class _Retention(Part, frozen=True):
    when_deleted: str = ""


class _WorkloadSpec(Part, frozen=True):
    selector: LabelSelector | None = None
    template: _Pod | None = None
    service_name: str = ""
    volume_claim_templates: list[_Templated] | None = None
    persistent_volume_claim_retention_policy: _Retention | None = None


class _ClaimTemplateSpec(Part, frozen=True):
    storage_class_name: str | None = None


class _Templated(Part, frozen=True):
    metadata: Meta = Meta()
    spec: _ClaimTemplateSpec = _ClaimTemplateSpec()


class _Workload(Part, frozen=True):
    metadata: Meta = Meta()
    spec: _WorkloadSpec = _WorkloadSpec()


class _ReplicationSpec(Part, frozen=True):
    selector: dict[str, str] | None = None
    template: _Pod | None = None


class _Replication(Part, frozen=True):
    metadata: Meta = Meta()
    spec: _ReplicationSpec = _ReplicationSpec()


class _JobTemplate(Part, frozen=True):
    spec: _WorkloadSpec = _WorkloadSpec()


class _CronSpec(Part, frozen=True):
    job_template: _JobTemplate = _JobTemplate()


class _CronJob(Part, frozen=True):
    metadata: Meta = Meta()
    spec: _CronSpec = _CronSpec()


class _PodTemplate(Part, frozen=True):
    metadata: Meta = Meta()
    template: _Pod = field(default_factory=_Pod)


_pods: Final = msgspec.json.Decoder(_Pod)
_workloads: Final = msgspec.json.Decoder(_Workload)
_replications: Final = msgspec.json.Decoder(_Replication)
_cron_jobs: Final = msgspec.json.Decoder(_CronJob)
_templates: Final = msgspec.json.Decoder(_PodTemplate)


def _pod(raw: bytes) -> Links:
    pod = _pods.decode(raw)
    return Links(told_once(list(_spec(pod.spec, pod.metadata, "spec", ""))))


def _workload(raw: bytes) -> Links:
    made = _workloads.decode(raw)
    spec, metadata = made.spec, made.metadata
    references = list(_template(spec.template, metadata, "spec.template.spec"))
    if spec.service_name:
        without = "its Pods have no names of their own in DNS"
        references.append(
            _named("Service", metadata, spec.service_name, ("governing Service", "spec.serviceName", without))
        )
    for claim in spec.volume_claim_templates or ():
        name = claim.spec.storage_class_name
        if name:
            where = f"spec.volumeClaimTemplates[{claim.metadata.name}].spec.storageClassName"
            without = f"no volume is made for the claims of {claim.metadata.name}"
            relation = f"class of claims {claim.metadata.name}"
            references.append(Reference("storage.k8s.io", "StorageClass", "", name, relation, where, without))
    kept = spec.persistent_volume_claim_retention_policy
    return Links(
        told_once(references),
        spec.selector,
        (spec.template.metadata.labels or {}) if spec.template else None,
        tuple(each.metadata.name for each in spec.volume_claim_templates or ()),
        kept is None or kept.when_deleted != "Delete",
    )


def _replication(raw: bytes) -> Links:
    made = _replications.decode(raw)
    template, selector = made.spec.template, made.spec.selector
    references = told_once(list(_template(template, made.metadata, "spec.template.spec")))
    labels = (template.metadata.labels or {}) if template else None
    return Links(references, LabelSelector(match_labels=selector) if selector else None, labels)


def _cron_job(raw: bytes) -> Links:
    made = _cron_jobs.decode(raw)
    template = made.spec.job_template.spec.template
    where = "spec.jobTemplate.spec.template.spec"
    labels = (template.metadata.labels or {}) if template else None
    return Links(told_once(list(_template(template, made.metadata, where))), None, labels)


def _pod_template(raw: bytes) -> Links:
    made = _templates.decode(raw)
    labels = made.template.metadata.labels or {}
    return Links(told_once(list(_template(made.template, made.metadata, "template.spec"))), None, labels)


def _template(template: _Pod | None, metadata: Meta, where: str) -> Iterator[Reference]:
    if template is not None:
        yield from _spec(template.spec, metadata, where, " of its Pods")


def _named(
    kind: str, metadata: Meta, name: str, words: tuple[str, str, str], *, is_optional: bool = False
) -> Reference:
    """A thing of the core group in the same namespace; ``words`` are its relation, field and what lacking it means."""
    return Reference("", kind, metadata.namespace, name, *words, is_optional)


def _spec(spec: _PodSpec, metadata: Meta, where: str, whose: str) -> Iterator[Reference]:
    """All that this spec names. ``whose`` is empty for a Pod, and says of a template that Pods are made of it."""
    pods = "its Pods" if whose else "it"
    for volume in spec.volumes or ():
        yield from _volume(volume, metadata, f"{where}.volumes[{volume.name}]", whose)
    for name, containers in (
        ("containers", spec.containers),
        ("initContainers", spec.init_containers),
        ("ephemeralContainers", spec.ephemeral_containers),
    ):
        for container in containers or ():
            yield from _variables(container, metadata, f"{where}.{name}[{container.name}]", whose)
    account = spec.service_account_name or ("default" if whose else "")
    without = "no Pod can be made of this" if whose else "its token cannot be renewed"
    yield _named("ServiceAccount", metadata, account, ("runs as", f"{where}.serviceAccountName", without))
    for secret in spec.image_pull_secrets or ():
        without = "images are pulled without it, and a private registry refuses"
        yield _named("Secret", metadata, secret.name, ("image pull secret", f"{where}.imagePullSecrets", without))
    if spec.priority_class_name:
        without = "no Pod can be made of this" if whose else "it keeps the priority that it was given"
        name = spec.priority_class_name
        where_class = f"{where}.priorityClassName"
        yield Reference("scheduling.k8s.io", "PriorityClass", "", name, "priority", where_class, without)
    if spec.runtime_class_name:
        name, where_class = spec.runtime_class_name, f"{where}.runtimeClassName"
        yield Reference("node.k8s.io", "RuntimeClass", "", name, "runtime", where_class, f"{pods} cannot be started")
    for claim in spec.resource_claims or ():
        where_claim = f"{where}.resourceClaims[{claim.name}]"
        for kind, named in (
            ("ResourceClaim", claim.resource_claim_name),
            ("ResourceClaimTemplate", claim.resource_claim_template_name),
        ):
            yield Reference(
                "resource.k8s.io", kind, metadata.namespace, named or "", f"devices {claim.name}", where_claim,
                f"{pods} cannot be scheduled",
            )  # fmt: skip


def _volume(volume: _Volume, metadata: Meta, where: str, whose: str) -> Iterator[Reference]:
    relation = f"volume {volume.name}"
    without = f"volume {volume.name} cannot be mounted, and no container{whose} starts"
    sources = [_Source(volume.config_map, volume.secret)]
    if volume.projected is not None:
        sources += volume.projected.sources or ()
    for source in sources:
        for kind, files in (("ConfigMap", source.config_map), ("Secret", source.secret)):
            if files is None:
                continue
            keys = tuple(item.key for item in files.items or ())
            name, optional = files.name or files.secret_name, files.optional is True
            yield Reference("", kind, metadata.namespace, name, relation, where, without, optional, keys)
    if volume.persistent_volume_claim is not None:
        without = f"{'its Pods' if whose else 'it'} cannot be scheduled"
        claim = volume.persistent_volume_claim.claim_name
        yield _named("PersistentVolumeClaim", metadata, claim, (relation, where, without))
    if volume.ephemeral is not None and not whose:
        claim = f"{metadata.name}-{volume.name}"
        relation = f"ephemeral volume {volume.name}"
        yield _named("PersistentVolumeClaim", metadata, claim, (relation, where, "it cannot be scheduled"))
    if volume.csi is not None:
        yield Reference("storage.k8s.io", "CSIDriver", "", volume.csi.driver, relation, where)
        if volume.csi.node_publish_secret_ref is not None:
            yield _named("Secret", metadata, volume.csi.node_publish_secret_ref.name, (relation, where, without))


def _variables(container: _Container, metadata: Meta, where: str, whose: str) -> Iterator[Reference]:
    without = f"container {container.name}{whose} cannot start (CreateContainerConfigError)"
    for each in container.env_from or ():
        for kind, named in (("ConfigMap", each.config_map_ref), ("Secret", each.secret_ref)):
            if named is not None:
                relation, optional = f"all keys as variables of {container.name}", named.optional is True
                yield _named(kind, metadata, named.name, (relation, f"{where}.envFrom", without), is_optional=optional)
    for variable in container.env or ():
        source = variable.value_from or _KeySource()
        for kind, named in (("ConfigMap", source.config_map_key_ref), ("Secret", source.secret_key_ref)):
            if named is not None:
                relation = f"variable {variable.name} of {container.name}"
                at, optional = f"{where}.env[{variable.name}]", named.optional is True
                yield Reference("", kind, metadata.namespace, named.name, relation, at, without, optional, (named.key,))


READERS: Final[Mapping[tuple[str, str], Callable[[bytes], Links]]] = {
    ("", "pods"): _pod,
    ("", "podtemplates"): _pod_template,
    ("", "replicationcontrollers"): _replication,
    ("apps", "deployments"): _workload,
    ("apps", "replicasets"): _workload,
    ("apps", "statefulsets"): _workload,
    ("apps", "daemonsets"): _workload,
    ("batch", "jobs"): _workload,
    ("batch", "cronjobs"): _cron_job,
}
"""By group and plural."""
