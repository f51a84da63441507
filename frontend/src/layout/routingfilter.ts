/** What of routing a filter leaves: Services that meet it, or of which a Pod or a way in does. Pure. */

import type { Matches } from "../model/matches";
import type { RouteCard, RoutingTables } from "./routing";

/** The ids of the Services that meet the filter themselves, or by one of their Pods or by what leads to them. */
export function servicesMet(
  tables: Pick<RoutingTables, "services" | "endpoints" | "leftout" | "ways">,
  matches: Pick<Matches, "of" | "has">,
): ReadonlySet<string> {
  const pods = matches.of("v1/pods");
  const services = matches.of("v1/services");
  const met = new Set<string>();
  for (const { id } of tables.services.values()) if (services.has(id)) met.add(id);
  for (const { port, pod } of tables.endpoints.values()) if (pods.has(pod)) met.add(serviceOf(port));
  for (const { service, pod } of tables.leftout.values()) if (pods.has(pod)) met.add(service);
  for (const { service, via } of tables.ways.values()) if (via && matches.has(via)) met.add(service);
  return met;
}

/** Whether a card of several Services is of one that stays, or folds one. */
export function isCardMet(
  card: RouteCard,
  met: ReadonlySet<string>,
  services: RoutingTables["services"],
): boolean {
  if (card.action?.kind === "service") return met.has(card.action.of);
  if (card.action?.kind !== "fold") return true;
  const of = card.action.of.slice(card.action.of.indexOf(":") + 1);
  const isApplication = card.action.of.startsWith("application:");
  for (const id of met) {
    const row = services.get(id);
    if (row && of === (isApplication ? `${row.namespace}/${row.application}` : row.namespace)) return true;
  }
  return false;
}

/** The Service of a port's id (`namespace/name:port/protocol`). */
export function serviceOf(port: string): string {
  return port.slice(0, port.lastIndexOf(":"));
}
