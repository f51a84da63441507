/** The facts of the tab “Objects” as tables. */

import { type Browse, type CatalogDesk, told } from "../model/catalog";
import type { Sheet } from "./sheets";

/** Resources, or what is listed of one as far as it was asked for; namespaces, and the one that is shown. */
export function objectSheets(desk: CatalogDesk, browse: Browse): Sheet[] {
  return browse.sub === "namespaces" ? namespaceSheets(desk) : resourceSheets(desk, browse);
}

function resourceSheets(desk: CatalogDesk, browse: Browse): Sheet[] {
  const resources = told(desk.resources)?.resources ?? [];
  const rows = [...(desk.list?.stretches ?? [])].sort(([a], [b]) => a - b).flatMap(([, stretch]) => stretch);
  const listed: Sheet = {
    name: `${browse.resource}, as far as shown`,
    columns: [
      "namespace",
      "name",
      ...(desk.list?.columns ?? []).map((name) => name.toLowerCase()),
      "being deleted",
    ],
    rows: rows.map((row) => [row.namespace, row.name, ...row.cells, row.isGoing]),
    refs: rows.map(({ ref }) => ref),
  };
  return [
    ...(browse.resource && desk.list ? [listed] : []),
    {
      name: "API resources",
      columns: [
        "name",
        "short names",
        "API version",
        "kind",
        "namespaced",
        "objects",
        "verbs",
        "served by",
        "known by",
        "categories",
      ],
      rows: resources.map((each) => [
        each.name,
        each.shortNames.join(" "),
        each.apiVersion,
        each.kind,
        each.namespaced,
        each.count < 0 ? "not read" : each.count,
        each.verbs.join(" "),
        each.server,
        each.serverWords,
        each.categories.join(" "),
      ]),
      refs: resources.map(({ serverRef }) => serverRef),
    },
  ];
}

function namespaceSheets(desk: CatalogDesk): Sheet[] {
  const answer = told(desk.namespaces);
  if (!answer) return [];
  const { namespaces, detail } = answer;
  const sheets: Sheet[] = [
    {
      name: "Namespaces",
      columns: ["name", "phase", "objects", "pods", "services", "config", "created", "deletion asked"],
      rows: namespaces.map((each) => [
        each.name,
        each.phase,
        each.objects,
        each.pods,
        each.services,
        each.config,
        each.created,
        each.deleted,
      ]),
      refs: namespaces.map(({ name }) => `v1/namespaces:${name}`),
    },
  ];
  if (!detail) return sheets;
  return [
    ...sheets,
    {
      name: `In ${detail.name}`,
      columns: ["resource", "kind", "objects", "being deleted"],
      rows: detail.kinds.map((each) => [each.resource, each.kind, each.count, each.going]),
      refs: detail.kinds.map(() => ""),
    },
    {
      name: `Outside of ${detail.name}`,
      columns: ["kind", "name", "relation", "outcome", "why"],
      rows: detail.left.map((each) => [each.kind, each.name, each.relation, each.outcome, each.words]),
      refs: detail.left.map(({ ref }) => ref),
    },
    {
      name: "Quotas",
      columns: ["quota", "resource", "used", "hard"],
      rows: detail.quotas.map((each) => [each.quota, each.resource, each.used, each.hard]),
      refs: detail.quotas.map(({ quota }) => `v1/resourcequotas:${detail.name}/${quota}`),
    },
    {
      name: "What holds it back",
      columns: ["kind", "name", "by"],
      rows: detail.holding.map((each) => [each.kind, each.name, each.words]),
      refs: detail.holding.map(({ ref }) => ref),
    },
  ];
}
