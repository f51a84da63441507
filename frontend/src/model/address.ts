/** What is on the screen, as the page's address says it: a pasted link shows the same picture. */

import { type Browse, readBrowse, writeBrowse } from "./catalog";
import { type Look, readLook, writeLook } from "./look";
import { NO_ROUTE, type Route } from "./routing";

/** The diagrams and pages of the stage, in the order of their tabs. stage/tabs.ts says what each draws. */
export const VIEWS = ["flow", "routing", "rbac", "nodes", "objects", "health"] as const;
export type View = (typeof VIEWS)[number];

/** The parts of the inspector, in the order in which they stand there. stage/parts.ts says what each draws. */
export const PART_NAMES = ["object", "history", "family", "containers", "ask"] as const;
export type PartName = (typeof PART_NAMES)[number];

/** The ways of deleting an object; empty: it is not asked what that would do. */
export const DELETIONS = ["", "foreground", "background", "orphan"] as const;
export type Deletion = (typeof DELETIONS)[number];

export interface Address {
  readonly view: View;
  /** The frame to stand after; undefined: where the log opens. */
  readonly at: number | undefined;
  /** Only this namespace; empty: all. */
  readonly namespace: string;
  /** Only what meets this, in the search language; empty: everything. */
  readonly filter: string;
  /** What is inspected, as `resource:key`; empty: nothing. */
  readonly selected: string;
  /** The frame whose version is inspected; undefined: the one of this moment. */
  readonly version: number | undefined;
  /** What of the inspected object is shown. Where the object has no such part, its first is. */
  readonly part: PartName;
  /** The write whose trace is shown, by its frame; "latest" for the latest writes instead; undefined: as they come. */
  readonly trace: number | "latest" | undefined;
  readonly table: boolean;
  /** What is asked about RBAC, in words; empty: nothing. */
  readonly ask: string;
  /** The frame from which changes in RBAC are told; undefined: the log's first. */
  readonly since: number | undefined;
  /** RBAC as subjects by resources. */
  readonly matrix: boolean;
  /** How pods are put together and coloured in the Nodes diagram. */
  readonly look: Look;
  /** Which Service, whose rules, which packet. */
  readonly route: Route;
  /** What the family is asked: what this way of deleting the object would do. */
  readonly deletion: Deletion;
  /** What of the API's resources, objects and namespaces. */
  readonly browse: Browse;
  /** The chapter of the log's lesson that is open; undefined: no lesson. */
  readonly lesson: number | undefined;
  /** Everything larger, for a room. */
  readonly presenter: boolean;
}

export function readAddress(query: string): Address {
  const fields = new URLSearchParams(query);
  return {
    view: VIEWS.find((view) => view === fields.get("view")) ?? "flow",
    at: readNumber(fields.get("at")),
    namespace: fields.get("namespace") ?? "",
    filter: fields.get("filter") ?? "",
    selected: fields.get("selected") ?? "",
    version: readNumber(fields.get("version")),
    part: PART_NAMES.find((part) => part === fields.get("part")) ?? "object",
    trace: fields.get("trace") === "latest" ? "latest" : readNumber(fields.get("trace")),
    table: fields.get("table") === "yes",
    ask: fields.get("ask") ?? "",
    since: readNumber(fields.get("since")),
    matrix: fields.get("matrix") === "yes",
    look: readLook(fields),
    route: readRoute(fields),
    deletion: DELETIONS.find((way) => way === fields.get("deletion")) ?? "",
    browse: readBrowse(fields),
    lesson: readNumber(fields.get("lesson")),
    presenter: fields.get("presenter") === "yes",
  };
}

export function writeAddress(address: Address): string {
  const fields = new URLSearchParams();
  if (address.view !== "flow") fields.set("view", address.view);
  if (address.at !== undefined) fields.set("at", String(address.at));
  if (address.namespace) fields.set("namespace", address.namespace);
  if (address.filter) fields.set("filter", address.filter);
  if (address.selected) fields.set("selected", address.selected);
  if (address.version !== undefined) fields.set("version", String(address.version));
  if (address.part !== "object") fields.set("part", address.part);
  if (address.trace !== undefined) fields.set("trace", String(address.trace));
  if (address.table) fields.set("table", "yes");
  if (address.ask) fields.set("ask", address.ask);
  if (address.since !== undefined) fields.set("since", String(address.since));
  if (address.matrix) fields.set("matrix", "yes");
  writeLook(address.look, fields);
  for (const name of ROUTE_FIELDS) {
    if (address.route[name] !== NO_ROUTE[name]) fields.set(name, address.route[name]);
  }
  if (address.deletion) fields.set("deletion", address.deletion);
  writeBrowse(address.browse, fields);
  if (address.lesson !== undefined) fields.set("lesson", String(address.lesson));
  if (address.presenter) fields.set("presenter", "yes");
  const text = fields.toString().replaceAll("%3A", ":").replaceAll("%2F", "/");
  return text ? `?${text}` : "";
}

/** The same diagram of another log: places, names and selections are this log's own. */
export function elsewhere(address: Address): Address {
  return { ...readAddress(""), view: address.view, table: address.table, presenter: address.presenter };
}

const ROUTE_FIELDS = Object.keys(NO_ROUTE) as (keyof Route)[];

function readRoute(fields: URLSearchParams): Route {
  const text = (name: keyof Route) => fields.get(name) ?? "";
  return {
    service: text("service"),
    port: text("port"),
    node: text("node"),
    mode: text("mode") === "nftables" ? "nftables" : "iptables",
    traffic: text("traffic") === "outside" ? "outside" : "inside",
    from: text("from"),
    to: text("to"),
    via: text("via"),
  };
}

function readNumber(text: string | null): number | undefined {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
