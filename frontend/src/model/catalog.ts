/** The catalogue: what the address says is to be shown of resources, objects and namespaces, and what was told of them. */

import type { Listed, NamespacesAnswer, ResourcesAnswer } from "../wire";
import type { NamespacesReply, ResourcesReply, Viewer } from "./viewer";

export type Order = "namespace" | "name" | "age";

/** What of the tab “Objects” is shown. */
export interface Browse {
  readonly sub: "resources" | "namespaces";
  /** The resource whose objects are listed, as in the log: `apps/v1/deployments`; empty: all resources. */
  readonly resource: string;
  /** Words that the listed must have in their name, namespace or labels. */
  readonly words: string;
  readonly order: Order;
  readonly isReversed: boolean;
}

export const NO_BROWSE: Browse = {
  sub: "resources",
  resource: "",
  words: "",
  order: "namespace",
  isReversed: false,
};

const ORDERS: readonly Order[] = ["namespace", "name", "age"];

export function readBrowse(fields: URLSearchParams): Browse {
  return {
    sub: fields.get("sub") === "namespaces" ? "namespaces" : "resources",
    resource: fields.get("resource") ?? "",
    words: fields.get("words") ?? "",
    order: ORDERS.find((order) => order === fields.get("order")) ?? "namespace",
    isReversed: fields.get("reversed") === "yes",
  };
}

export function writeBrowse(browse: Browse, fields: URLSearchParams): void {
  if (browse.sub !== NO_BROWSE.sub) fields.set("sub", browse.sub);
  if (browse.resource) fields.set("resource", browse.resource);
  if (browse.words) fields.set("words", browse.words);
  if (browse.order !== NO_BROWSE.order) fields.set("order", browse.order);
  if (browse.isReversed) fields.set("reversed", "yes");
}

/** Rows are asked for in stretches of so many. */
export const STRETCH = 200;
const KEPT_STRETCHES = 12;
/** So often at most it is asked again while the place moves, in milliseconds. */
const REST_MS = 400;

/** The objects of one resource, as far as they were asked for. */
export interface List {
  readonly question: string;
  readonly columns: readonly string[];
  readonly total: number;
  readonly objects: number;
  readonly stretches: ReadonlyMap<number, Listed["rows"]>;
}

/** Asks what is shown, and again when the place moves; what was told before stays meanwhile. */
export class CatalogDesk {
  resources: ResourcesReply | undefined;
  namespaces: NamespacesReply | undefined;
  list: List | undefined;
  problem = "";
  private readonly viewer: Viewer;
  private readonly redraw: () => void;
  private asked = "";
  private isAsking = false;
  private wanted: { browse: Browse; namespace: string } | undefined;
  private readonly asking = new Set<string>();

  constructor(viewer: Viewer, redraw: () => void) {
    this.viewer = viewer;
    this.redraw = redraw;
  }

  /** Ask what is to be shown and is not known of this moment: one thing at a time, the latest wish. */
  follow(browse: Browse, namespace: string): void {
    this.wanted = { browse, namespace };
    if (this.viewer.status === "open" && this.viewer.place && !this.isAsking) void this.askOn();
  }

  /** The row at this place of the list; undefined where it is still to come. It is asked for then. */
  row(index: number): Listed["rows"][number] | undefined {
    const number = Math.floor(index / STRETCH);
    const found = this.list?.stretches.get(number);
    if (!found) void this.askStretch(number);
    return found?.[index % STRETCH];
  }

  /** Every row of the list, for who takes it away. */
  async whole(): Promise<{ columns: readonly string[]; rows: Listed["rows"] }> {
    const rows: Listed["rows"][number][] = [];
    let columns: readonly string[] = [];
    while (this.wanted) {
      const { browse, namespace } = this.wanted;
      const reply = await this.viewer.askObjects({
        ...ask(browse, namespace),
        start: rows.length,
        count: 1000,
      });
      if ("problem" in reply) break;
      columns = reply.listed.columns;
      rows.push(...reply.listed.rows);
      if (reply.listed.rows.length === 0 || rows.length >= reply.listed.total) break;
    }
    return { columns, rows };
  }

  private async askOn(): Promise<void> {
    this.isAsking = true;
    while (this.wanted && this.viewer.status === "open") {
      const { browse, namespace } = this.wanted;
      const question = this.questionOf(browse, namespace);
      if (question === this.asked) break;
      this.asked = question;
      await this.ask(browse, namespace);
      this.redraw();
      if (this.viewer.place?.mode !== "paused") await new Promise((done) => setTimeout(done, REST_MS));
    }
    this.isAsking = false;
  }

  private async ask(browse: Browse, namespace: string): Promise<void> {
    if (browse.sub === "namespaces") {
      this.namespaces = await this.viewer.askNamespaces(namespace);
      return;
    }
    this.resources = await this.viewer.askResources();
    if (!browse.resource) {
      this.list = undefined;
      return;
    }
    const question = listOf(browse, namespace);
    const first = this.list?.question === question ? Math.min(...this.shown()) : 0;
    const reply = await this.viewer.askObjects({
      ...ask(browse, namespace),
      start: first * STRETCH,
      count: STRETCH * 2,
    });
    this.problem = "problem" in reply ? reply.problem : "";
    if ("problem" in reply) this.list = undefined;
    else {
      const { columns, rows, total, objects } = reply.listed;
      const stretches = new Map([
        [first, rows.slice(0, STRETCH)],
        [first + 1, rows.slice(STRETCH)],
      ]);
      this.list = { question, columns, total, objects, stretches };
    }
  }

  /** The stretches that were looked at last. */
  private shown(): readonly number[] {
    const numbers = [...(this.list?.stretches.keys() ?? [])].slice(-2);
    return numbers.length > 0 ? numbers : [0];
  }

  private async askStretch(number: number): Promise<void> {
    const { list, wanted } = this;
    if (!list || !wanted) return;
    const name = `${list.question} ${number}`;
    if (this.asking.has(name)) return;
    this.asking.add(name);
    const reply = await this.viewer.askObjects({
      ...ask(wanted.browse, wanted.namespace),
      start: number * STRETCH,
      count: STRETCH,
    });
    this.asking.delete(name);
    if ("problem" in reply || this.list?.question !== list.question) return;
    const kept = [...this.list.stretches].slice(1 - KEPT_STRETCHES);
    const stretches = new Map([...kept, [number, reply.listed.rows] as const]);
    this.list = { ...this.list, stretches, total: reply.listed.total };
    this.redraw();
  }

  private questionOf(browse: Browse, namespace: string): string {
    return `${browse.sub} ${listOf(browse, namespace)} ${this.viewer.place?.seq ?? ""}`;
  }
}

function listOf({ resource, words, order, isReversed }: Browse, namespace: string): string {
  return JSON.stringify([resource, namespace, words, order, isReversed]);
}

function ask({ resource, words, order, isReversed }: Browse, namespace: string) {
  return { resource, namespace, text: words, order, isReversed };
}

/** What was told, where it was. */
export function told<Reply extends ResourcesAnswer | NamespacesAnswer>(
  reply: Reply | { readonly problem: string } | undefined,
): Reply | undefined {
  return reply && "seq" in reply ? reply : undefined;
}
