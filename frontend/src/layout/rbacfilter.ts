/** What of RBAC a filter leaves: the bindings, roles and ServiceAccounts that meet it, and what these lead to. Pure. */

import type { Matches } from "../model/matches";
import { type Graph, type RbacTables, refOf } from "./rbac";

/** The ids of subjects, bindings and roles on the ways through what meets the filter. */
export function rbacMet(
  { subjects, bindings, roles }: Pick<RbacTables, "subjects" | "bindings" | "roles">,
  matches: Pick<Matches, "has">,
): ReadonlySet<string> {
  const isMet = (id: string) => {
    const ref = refOf(id);
    return ref !== "" && matches.has(ref);
  };
  const met = new Set([...subjects.keys(), ...roles.keys()].filter(isMet));
  for (const { id, role, subjects: bound } of bindings.values()) {
    const isWhole = isMet(id) || isMet(role);
    const holders = isWhole ? bound : bound.filter(isMet);
    if (!isWhole && holders.length === 0) continue;
    for (const each of [id, role, ...holders]) met.add(each);
  }
  return met;
}

/** The cards that stay as they are: of these ids, folds that hold one of them, and what their roles allow. */
export function cardsMet({ columns, links, folds }: Graph, ids: ReadonlySet<string>): ReadonlySet<string> {
  const met = new Set<string>();
  for (const { id } of columns.flat())
    if (ids.has(id) || [...(folds.get(id) ?? [])].some((member) => ids.has(member))) met.add(id);
  const allowed = new Set((columns[3] ?? []).map((card) => card.id));
  for (const link of links) if (allowed.has(link.to) && ids.has(link.from)) met.add(link.to);
  return met;
}
