"""Custom resources: what their CustomResourceDefinition says of their fields, for a log that has that object.

An API server publishes the same in its OpenAPI documents, with the fields of metadata filled in
(apiextensions-apiserver's ``pkg/controller/openapi/builder``).
"""

from __future__ import annotations

from typing import Any, Final

from visualizer.schemas.document import Definitions, keep

RESOURCE: Final = "apiextensions.k8s.io/v1/customresourcedefinitions"
OBJECT_META: Final = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"


def from_definition(raw: dict[str, Any], *, group: str, version: str, kind: str) -> Definitions:
    """The schema of this version of the custom resource that the definition is of; none where it says none."""
    spec = raw.get("spec")
    versions = spec.get("versions") if isinstance(spec, dict) else None
    for each in versions if isinstance(versions, list) else ():
        schema = each.get("schema") if isinstance(each, dict) and each.get("name") == version else None
        told = schema.get("openAPIV3Schema") if isinstance(schema, dict) else None
        if isinstance(told, dict):
            properties = told.get("properties")
            named = properties if isinstance(properties, dict) else {}
            whole = {
                **told,
                "properties": {
                    "apiVersion": {"type": "string"},
                    "kind": {"type": "string"},
                    **named,
                    "metadata": {"$ref": OBJECT_META},
                },
                "x-kubernetes-group-version-kind": [{"group": group, "version": version, "kind": kind}],
            }
            return keep({f"{group}.{version}.{kind}": whole})
    return {}
