/** Owners as a tree: what makes Pods, under what makes it. */

import type { OwnerRow, PodRow } from "../wire";

export interface OwnerBranch {
  readonly owner: OwnerRow;
  readonly children: readonly OwnerBranch[];
  readonly pods: readonly PodRow[];
}

/** The trees of one namespace (empty: all), in order of namespace and name. Emptied ReplicaSets are left out. */
export function growOwners(
  owners: ReadonlyMap<string, OwnerRow>,
  pods: Iterable<PodRow>,
  namespace: string,
): OwnerBranch[] {
  const podsOf = group(pods, (pod) => pod.owner);
  const childrenOf = group(owners.values(), (owner) => (owners.has(owner.owner) ? owner.owner : ""));
  const grow = (owner: OwnerRow, depth: number): OwnerBranch => ({
    owner,
    children:
      depth > 8
        ? []
        : (childrenOf.get(owner.id) ?? [])
            .filter((child) => isInUse(child, podsOf))
            .map((child) => grow(child, depth + 1)),
    pods: podsOf.get(owner.id) ?? [],
  });
  return (childrenOf.get("") ?? [])
    .filter((owner) => !namespace || owner.namespace === namespace)
    .sort((a, b) => compare(a.namespace, b.namespace) || compare(a.name, b.name))
    .map((owner) => grow(owner, 0));
}

/** Pods that nothing here made: their owner is gone, or they never had one. */
export function findOrphans(
  owners: ReadonlyMap<string, OwnerRow>,
  pods: Iterable<PodRow>,
  namespace: string,
): PodRow[] {
  const orphans: PodRow[] = [];
  for (const pod of pods) {
    if (!owners.has(pod.owner) && (!namespace || pod.namespace === namespace)) orphans.push(pod);
  }
  return orphans.sort((a, b) => compare(a.id, b.id));
}

function isInUse(owner: OwnerRow, podsOf: ReadonlyMap<string, PodRow[]>): boolean {
  return owner.kind !== "ReplicaSet" || (owner.wanted ?? 0) > 0 || podsOf.has(owner.id);
}

function group<Item extends { readonly id: string }>(
  items: Iterable<Item>,
  keyOf: (item: Item) => string,
): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const found = groups.get(key);
    if (found) found.push(item);
    else groups.set(key, [item]);
  }
  for (const found of groups.values()) found.sort((a, b) => compare(a.id, b.id));
  return groups;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
