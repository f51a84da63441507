/** The routing diagram's facts as tables. */

import { wayAddress } from "../layout/routing";
import { servicesMet } from "../layout/routingfilter";
import { type Route, type RoutingDesk, rulesIn, wayIn } from "../model/routing";
import type { Viewer } from "../model/viewer";
import type { Sheet } from "./sheets";

/** Services, ways in, endpoints, verdicts, Pods left out, rules and the followed packet; of one Service where one is chosen. */
export function routingSheets(viewer: Viewer, desk: RoutingDesk, namespace: string, route: Route): Sheet[] {
  const picture = viewer.pictures.routing;
  const tables = {
    services: picture.table("services"),
    endpoints: picture.table("endpoints"),
    leftout: picture.table("leftout"),
    ways: picture.table("ways"),
  };
  const met = viewer.matches && servicesMet(tables, viewer.matches);
  const isWanted = (service: string) =>
    route.service
      ? service === route.service
      : (!namespace || service.slice(0, service.indexOf("/")) === namespace) && (!met || met.has(service));
  const of = (port: string) => port.slice(0, port.lastIndexOf(":"));
  const sorted = <Row extends { readonly id: string }>(rows: Iterable<Row>, service: (row: Row) => string) =>
    [...rows].filter((row) => isWanted(service(row))).sort((a, b) => (a.id < b.id ? -1 : 1));
  const services = sorted(picture.table("services").values(), (row) => row.id);
  const ways = sorted(picture.table("ways").values(), (row) => row.service);
  const endpoints = sorted(picture.table("endpoints").values(), (row) => of(row.port));
  const verdicts = sorted(picture.table("verdicts").values(), (row) => of(row.port));
  const leftOut = sorted(picture.table("leftout").values(), (row) => row.service);
  return [
    {
      name: "Services",
      columns: ["namespace", "name", "kind", "cluster IPs", "ready", "endpoints", "DNS", "flaws"],
      rows: services.map((row) => [
        row.namespace,
        row.name,
        row.kind,
        row.cluster_ips.join(", "),
        row.ready,
        row.endpoints,
        row.dns,
        row.flaws.join("; "),
      ]),
      refs: services.map((row) => `v1/services:${row.id}`),
    },
    {
      name: "Ways in",
      columns: ["service", "kind", "address", "detail"],
      rows: ways.map((row) => [row.service, row.kind, wayAddress(row), row.detail]),
      refs: ways.map((row) => row.via || `v1/services:${row.service}`),
    },
    {
      name: "Endpoints",
      columns: ["port", "address", "Pod", "node", "ready", "serving", "terminating"],
      rows: endpoints.map((row) => [
        row.port,
        row.address,
        row.pod,
        row.node,
        row.is_ready,
        row.is_serving,
        row.is_terminating,
      ]),
      refs: endpoints.map((row) => (row.pod ? `v1/pods:${row.pod}` : "")),
    },
    {
      name: "What nodes do",
      columns: ["port", "family", "nodes", "from Pods", "from outside", "hints"],
      rows: verdicts.map((row) => [
        row.port,
        row.family,
        row.node || (row.zone ? `in zone ${row.zone}` : "every other"),
        row.internal.join(", ") || row.internal_reason,
        row.external.join(", ") || row.external_reason || "no way in",
        row.topology,
      ]),
      refs: verdicts.map(() => ""),
    },
    {
      name: "Pods left out",
      columns: ["service", "Pod", "why", "what the cluster says", "since"],
      rows: leftOut.map((row) => [row.service, row.pod, row.text, row.detail, row.since]),
      refs: leftOut.map((row) => `v1/pods:${row.pod}`),
    },
    ...askedSheets(desk),
  ];
}

function askedSheets(desk: RoutingDesk): Sheet[] {
  const rules = rulesIn(desk.rules);
  const way = wayIn(desk.packet);
  const sheets: Sheet[] = [];
  if (rules)
    sheets.push({
      name: `Rules on ${rules.node}`,
      columns: ["chain", "rule", "port", "endpoint"],
      rows: rules.rules.map((rule) => [rule.chain, rule.text, rule.port, rule.endpoint]),
      refs: rules.rules.map(() => ""),
    });
  if (way)
    sheets.push({
      name: "The packet's way",
      columns: ["hop", "where", "what happens", "before", "after", "rules"],
      rows: way.hops.map((hop, index) => [
        index + 1,
        hop.place,
        hop.text,
        hop.before ?? "",
        hop.after ?? "",
        (hop.rules ?? []).map((rule) => rule.text).join("\n"),
      ]),
      refs: way.hops.map(() => ""),
    });
  return sheets;
}
