"""The rules of RBAC again, straight and slow: every binding, every subject, every rule, no index.

It shares nothing with visualizer/rbac but the objects, so that the two can be held against each other.
"""

from __future__ import annotations


def decide(roles, bindings, user, groups, attributes):
    """Whether it is allowed, and the (namespace, name) of each binding that allows it, sorted."""
    allowing = []
    for binding in bindings:
        home = binding.metadata.namespace
        if home and home != attributes.namespace:
            continue
        if not any(applies(subject, home, user, groups) for subject in binding.subjects or []):
            continue
        wanted = binding.role_ref
        for role in roles:
            is_cluster_role = not role.metadata.namespace
            if role.metadata.name != wanted.name or is_cluster_role != (wanted.kind == "ClusterRole"):
                continue
            if not is_cluster_role and role.metadata.namespace != home:
                continue
            if any(allows(rule, attributes) for rule in role.rules or []):
                allowing.append((home, binding.metadata.name))
    return bool(allowing), sorted(allowing)


def applies(subject, home, user, groups):
    if subject.kind == "User":
        return subject.name == user
    if subject.kind == "Group":
        return subject.name in groups
    if subject.kind == "ServiceAccount":
        namespace = subject.namespace or home
        return bool(namespace) and user == f"system:serviceaccount:{namespace}:{subject.name}"
    return False


def allows(rule, attributes):
    if not has(rule.verbs, attributes.verb):
        return False
    if attributes.path is not None:
        for url in rule.non_resource_urls or []:
            if url in ("*", attributes.path) or (url.endswith("*") and attributes.path.startswith(url.rstrip("*"))):
                return True
        return False
    if not has(rule.api_groups, attributes.group):
        return False
    full = attributes.resource + ("/" + attributes.subresource if attributes.subresource else "")
    for resource in rule.resources or []:
        if resource in ("*", full) or (attributes.subresource and resource == "*/" + attributes.subresource):
            break
    else:
        return False
    return not rule.resource_names or attributes.name in rule.resource_names


def has(values, wanted):
    return any(value in ("*", wanted) for value in values or [])
