/**
 * Several Services, a row each: from their ways in to what is ready behind them.
 *
 * Where there are too many, they fold by meaning: a namespace is one card, and in a namespace an application.
 */

import type { ServiceRow, WayRow } from "../wire";
import {
  bare,
  byId,
  link,
  OUTSIDE,
  portLines,
  push,
  type RouteCard,
  type RouteGraph,
  type RouteLink,
  type RoutingTables,
  sender,
  serviceCard,
  wayAddress,
} from "./routing";

export const SERVICES_DRAWN = 40;

/** What is in a namespace and application (empty: all) that is not folded away. */
export function buildMany(tables: RoutingTables, namespace: string, open: ReadonlySet<string>): RouteGraph {
  const services = [...tables.services.values()]
    .filter((row) => !namespace || row.namespace === namespace)
    .sort(byId);
  const cards: RouteCard[] = [];
  const links: RouteLink[] = [];
  const entrances = new Map<string, WayRow[]>();
  for (const way of tables.ways.values()) push(entrances, way.service, way);
  const { shown, folds } = foldServices(services, namespace, open);
  for (const service of shown) addService(cards, links, tables, service, entrances.get(service.id) ?? []);
  for (const [fold, rows] of [...folds].sort(([one], [other]) => (one < other ? -1 : 1)))
    cards.push(foldCard(fold, rows));
  if (links.some((link) => link.from === OUTSIDE))
    cards.unshift(sender(OUTSIDE, "the outside", "other clients"));
  return { headings: ["OUTSIDE", "WAYS IN", "SERVICES", "ENDPOINTS"], cards, links };
}

function addService(
  cards: RouteCard[],
  links: RouteLink[],
  tables: RoutingTables,
  service: ServiceRow,
  ways: readonly WayRow[],
): void {
  const id = service.id;
  cards.push(serviceCard(service, portLines(tables, service), ` · ${service.namespace}`));
  if (ways.length > 0) {
    const kinds = [...new Set(ways.map((way) => way.kind))];
    cards.push({
      id: `ways:${id}`,
      column: 1,
      name: kinds.join(", "),
      lines: [...new Set(ways.map(wayAddress))].slice(0, 2),
      hue: "apiserver",
      state: "",
      isBroken: false,
      action: { kind: "service", of: id },
      endpoint: "",
    });
    links.push(link(OUTSIDE, `ways:${id}`, "client"), link(`ways:${id}`, id, "apiserver"));
  }
  if (service.kind === "ExternalName") return;
  cards.push({
    id: `ends:${id}`,
    column: 3,
    name: service.endpoints === 0 ? "no endpoints" : `${service.ready} of ${service.endpoints} ready`,
    lines: [service.endpoints === 0 ? emptyWords(service) : "endpoints"],
    hue: "kubelet",
    state: service.ready > 0 ? (service.ready < service.endpoints ? "warn" : "ok") : "bad",
    isBroken: service.ready === 0,
    action: { kind: "service", of: id },
    endpoint: "",
  });
  links.push(link(id, `ends:${id}`, service.ready ? "kubelet" : "bad", service.ready === 0));
}

/** What becomes of who sends to a Service without endpoints: kube-proxy refuses where it acts for the Service at all. */
function emptyWords(service: ServiceRow): string {
  if (service.kind === "Headless") return "its name has no address";
  return service.is_proxied ? "packets are refused" : "kube-proxy leaves it alone";
}

function foldServices(
  services: readonly ServiceRow[],
  namespace: string,
  open: ReadonlySet<string>,
): { shown: ServiceRow[]; folds: Map<string, ServiceRow[]> } {
  const folds = new Map<string, ServiceRow[]>();
  if (services.length <= SERVICES_DRAWN) return { shown: [...services], folds };
  const shown: ServiceRow[] = [];
  const groups = new Map<string, ServiceRow[]>();
  for (const row of services) push(groups, namespace ? row.application : row.namespace, row);
  for (const [group, rows] of groups) {
    const fold = namespace ? `application:${namespace}/${group}` : `namespace:${group}`;
    if (open.has(fold) || rows.length === 1 || groups.size === 1) shown.push(...rows);
    else folds.set(fold, rows);
  }
  return { shown, folds };
}

function foldCard(fold: string, rows: readonly ServiceRow[]): RouteCard {
  const name = bare(fold.slice(fold.indexOf(":") + 1));
  const isApplication = fold.startsWith("application:");
  const empty = rows.filter((row) => row.kind !== "ExternalName" && row.ready === 0).length;
  return {
    id: fold,
    column: 2,
    name: isApplication ? name || "no application" : name,
    lines: [
      `${rows.length} Services ▸`,
      empty ? `${empty} with nothing ready` : "none without a ready endpoint",
    ],
    hue: "fold",
    state: empty ? "bad" : "ok",
    isBroken: false,
    action: { kind: "fold", of: fold },
    endpoint: "",
  };
}
