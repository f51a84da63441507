/** The routing diagram: how a packet reaches a Pod, and below it the rules that kube-proxy programs for it. */

import { html, nothing, svg, type TemplateResult } from "lit";
import {
  cardsOn,
  portsOf,
  type RouteCard,
  type RouteGraph,
  RouteKeeper,
  type RouteLink,
  type RoutingTables,
  rowOf,
  type Traffic,
} from "../layout/routing";
import { isCardMet, servicesMet } from "../layout/routingfilter";
import { buildMany } from "../layout/routingmany";
import { buildOne } from "../layout/routingone";
import type { Slots } from "../layout/slots";
import { count, cut } from "../model/format";
import { matchedIn, NOTHING_MATCHED, type Route, type RoutingDesk, wayIn } from "../model/routing";
import type { Viewer } from "../model/viewer";
import type { PortRow, ServiceRow } from "../wire";
import { onActivate, StageElement } from "./element";
import "./proxyrules";

interface Column {
  readonly x: number;
  readonly width: number;
}

const ONE: readonly Column[] = [
  { x: 24, width: 112 },
  { x: 160, width: 148 },
  { x: 332, width: 148 },
  { x: 508, width: 168 },
  { x: 740, width: 216 },
];
const MANY: readonly Column[] = [
  { x: 24, width: 120 },
  { x: 200, width: 208 },
  { x: 464, width: 224 },
  { x: 748, width: 208 },
];
const TOP = 40;
const HEIGHT = 58;
const STEP = 68;
const CHANCE_WIDTH = 46;
/** With more lines than this, those of the chosen node alone are drawn clearly. */
const DENSE = 60;

interface Spot extends Column {
  readonly y: number;
}

interface Arrangement {
  readonly key: string;
  readonly graph: RouteGraph;
  readonly columns: readonly (Column | undefined)[];
  readonly spots: ReadonlyMap<string, Spot>;
  readonly height: number;
}

export class RoutingElement extends StageElement {
  static override properties = {
    viewer: { attribute: false },
    desk: { attribute: false },
    route: { attribute: false },
    namespace: { attribute: false },
    selected: { attribute: false },
    tick: { attribute: false },
    open: { state: true },
    pointed: { state: true },
  };
  declare viewer: Viewer;
  declare desk: RoutingDesk;
  declare route: Route;
  declare namespace: string;
  declare selected: string;
  declare tick: number;
  /** The folds that are open. */
  declare open: ReadonlySet<string>;
  /** The endpoint that the pointer or the focus is on, in the picture or among the rules; empty: none. */
  declare pointed: string;
  private readonly keeper = new RouteKeeper();
  private known: Arrangement | undefined;

  constructor() {
    super();
    this.open = new Set();
    this.pointed = "";
  }

  protected override render(): TemplateResult {
    const service = this.tables.services.get(this.route.service);
    if (this.route.service && !service) return this.drawGone();
    if (this.tables.services.size === 0)
      return html`<div class="designed-state"><h2>No Service here</h2><p>There is none at this moment. Go to another one, or make one: <code>kubectl expose deployment …</code></p></div>`;
    return html`
      ${service ? this.drawHead(service) : this.drawIntro()}
      ${this.drawPicture(service)}
      ${service && service.kind !== "ExternalName" ? this.drawRules(service) : nothing}
    `;
  }

  private drawIntro(): TemplateResult {
    const { matches } = this.viewer;
    if (matches) {
      const all = [...this.tables.services.values()].filter(
        (row) => !this.namespace || row.namespace === this.namespace,
      );
      const met = servicesMet(this.tables, matches);
      const some = all.filter((row) => met.has(row.id)).length;
      return html`<header class="routing-head"><p role="status">By the filter: ${some} of ${count(all.length, "Service")}, themselves or by a Pod or a way in; the rest is faint.</p></header>`;
    }
    return html`<header class="routing-head"><p>Each Service with its ways in and what is ready behind it. Choose one to see what every node does with its packets.</p></header>`;
  }

  private drawGone(): TemplateResult {
    return html`<div class="designed-state"><h2>No Service ${this.route.service} at this moment</h2>
      <p>It is gone, or still to come. Go to another moment, or back to
      <button class="link" @click=${() => this.tell({ service: "", port: "" })}>all Services</button>.</p></div>`;
  }

  private drawHead(service: ServiceRow): TemplateResult {
    const ports = portsOf(this.tables, service.id);
    const port = this.portOf(ports);
    const { traffic } = this.route;
    const choose = (value: Traffic, words: string) =>
      html`<button class="button ${traffic === value ? "" : "ghost"}" aria-pressed=${traffic === value} @click=${() => this.tell({ traffic: value })}>${words}</button>`;
    return html`<header class="routing-head">
      <button class="link" @click=${() => this.tell({ service: "", port: "", node: "" })}>← all Services</button>
      <h2>${service.id}</h2>
      ${
        ports.length > 1
          ? html`<label>port <select @change=${(event: Event) => this.tell({ port: (event.target as HTMLSelectElement).value })}>
              ${ports.map((row) => html`<option value=${row.id} ?selected=${row === port}>${row.name ? `${row.name} ` : ""}${row.number}/${row.protocol}</option>`)}
            </select></label>`
          : nothing
      }
      <span class="choice" role="group" aria-label="Where packets come from">${choose("inside", "from Pods")}${choose("outside", "from outside")}</span>
      ${service.sticky_seconds ? html`<span>a client stays with its endpoint for ${service.sticky_seconds} s</span>` : nothing}
      ${service.is_proxied || service.kind === "ExternalName" ? nothing : html`<span class="quiet">kube-proxy programs nothing for it</span>`}
      ${service.is_legacy ? html`<span class="warn">▲ endpoints from an Endpoints object alone: kube-proxy does not read it</span>` : nothing}
      ${service.flaws.map((flaw) => html`<span class="warn">▲ ${flaw}</span>`)}
    </header>`;
  }

  private drawPicture(service: ServiceRow | undefined): TemplateResult {
    const { graph, columns, spots, height } = this.arrange(service);
    const lit = this.litCards(graph);
    const met = this.cardsMet(graph, service);
    const isDense = graph.links.length > DENSE;
    const classes = `${this.pointed ? "pointed" : ""} ${lit.size ? "followed" : ""} ${isDense ? "dense" : ""}`;
    return html`<div class="routing-scroll" tabindex="0" role="region" aria-label=${graph.headings.join(", ").toLowerCase()}>
      <svg width="976" height=${height} class=${classes}>
        ${graph.headings.map((words, index) => {
          const column = columns[index];
          return column ? svg`<text class="heading" x=${column.x} y="24">${words}</text>` : nothing;
        })}
        ${graph.links.map((link) => this.drawLink(link, spots, lit, met))}
        ${this.drawChances(graph, spots)}
        ${graph.cards.map((card) => this.drawCard(card, spots.get(card.id), lit, met.has(card.id)))}
      </svg>
    </div>`;
  }

  private drawLink(
    link: RouteLink,
    spots: ReadonlyMap<string, Spot>,
    lit: ReadonlySet<string>,
    met: ReadonlySet<string>,
  ): TemplateResult {
    const [from, to] = [spots.get(link.from), spots.get(link.to)];
    if (!from || !to) return svg``;
    const [x1, y1, x2, y2] = [from.x + from.width, from.y + HEIGHT / 2, to.x, to.y + HEIGHT / 2];
    const middle = (x1 + x2) / 2;
    const isAt = link.endpoint !== "" && link.endpoint === this.pointed;
    const isChosens = link.node !== "" && link.node === this.desk.nodeOf(this.route);
    const classes = `route ${isChosens ? "chosens" : ""} hue-${link.hue} ${link.isBroken ? "broken" : ""} ${isAt ? "at" : ""} ${lit.has(link.from) && lit.has(link.to) ? "lit" : ""} ${met.has(link.from) && met.has(link.to) ? "" : "unmet"}`;
    return svg`<path class=${classes} d="M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}"
      @pointerenter=${() => this.point(link.endpoint)} @pointerleave=${() => this.point("")}></path>`;
  }

  /** The chance is the same for all endpoints that a node chooses among: it stands once, beside the node. */
  private drawChances(graph: RouteGraph, spots: ReadonlyMap<string, Spot>): TemplateResult[] {
    const labels = new Map<string, string>();
    for (const link of graph.links) if (link.label) labels.set(link.from, link.label);
    return [...labels].map(([id, label]) => {
      const spot = spots.get(id);
      if (!spot) return svg``;
      const x = spot.x + spot.width + 4;
      const y = spot.y + HEIGHT / 2;
      return svg`<g class="chance"><rect x=${x} y=${y - 9} width=${CHANCE_WIDTH} height="18" rx="9"></rect><text x=${x + CHANCE_WIDTH / 2} y=${y + 4}>${label}</text></g>`;
    });
  }

  /**
   * The cards that stay as they are: of several Services, those of what meets the filter; of one, its Pods that do, unless
   * it meets the filter itself.
   */
  private cardsMet(graph: RouteGraph, service: ServiceRow | undefined): ReadonlySet<string> {
    const { matches } = this.viewer;
    const tables = this.tables;
    const pods = matches?.of("v1/pods");
    const several = matches && !service ? servicesMet(tables, matches) : undefined;
    const isWhole = !matches || (service && matches.of("v1/services").has(service.id));
    const isMet = (card: RouteCard) => {
      if (isWhole) return true;
      if (several) return isCardMet(card, several, tables.services);
      const of = card.action?.kind === "inspect" ? card.action.of : "";
      return !of.startsWith("v1/pods:") || pods?.has(of.slice("v1/pods:".length)) === true;
    };
    return new Set(graph.cards.filter(isMet).map((card) => card.id));
  }

  private drawCard(
    card: RouteCard,
    spot: Spot | undefined,
    lit: ReadonlySet<string>,
    isMet: boolean,
  ): TemplateResult {
    if (!spot) return svg``;
    const { x, y, width } = spot;
    const isAt = card.endpoint !== "" && card.endpoint === this.pointed;
    const isSelected = card.action?.kind === "inspect" && card.action.of === this.selected;
    const isChosen = isSelected || (card.column === 3 && card.action?.of === this.desk.nodeOf(this.route));
    const classes = `way-card hue-${card.hue} ${card.isBroken ? "broken" : ""} ${isAt ? "at" : ""} ${isChosen ? "chosen" : ""} ${lit.has(card.id) ? "lit" : ""} ${card.action ? "acts" : ""} ${isMet ? "" : "unmet"}`;
    const act = () => this.act(card);
    const room = Math.floor((width - 22) / 6);
    const last = card.lines.length - 1;
    return svg`<g class=${classes} data-card=${card.id} transform="translate(${x} ${y})" role=${card.action ? "button" : "img"} tabindex=${card.action ? 0 : -1}
        aria-label="${[card.name, ...card.lines].join(", ")}" @click=${act} @keydown=${onActivate(act)}
        @pointerenter=${() => this.point(card.endpoint)} @pointerleave=${() => this.point("")}
        @focus=${() => this.point(card.endpoint)} @blur=${() => this.point("")}>
      <title>${[card.name, ...card.lines].join("\n")}</title>
      <rect class="frame" width=${width} height=${HEIGHT} rx="8"></rect>
      <rect class="stripe" y="8" width="3" height=${HEIGHT - 16} rx="1.5"></rect>
      <text class="name" x="12" y="18">${cut(card.name, Math.floor((width - 20) / 7.4))}</text>
      ${card.lines.slice(0, 2).map((line, index) => svg`<text class="said ${index === last ? card.state : ""}" x="12" y=${33 + index * 15}>${cut(line, room)}</text>`)}
    </g>`;
  }

  private drawRules(service: ServiceRow): TemplateResult {
    const nodes = [...this.viewer.pictures.nodes.table("nodes").keys()].sort();
    return html`<orrery-proxy-rules .log=${this.viewer.hello?.slug ?? ""} .at=${this.viewer.place?.seq} .reply=${this.desk.rules} .service=${service.id} .nodes=${nodes} .node=${this.desk.nodeOf(this.route)} .mode=${this.route.mode}
      .matched=${this.route.to ? matchedIn(this.desk.packet) : NOTHING_MATCHED} .pointed=${this.pointed} .tick=${this.tick}
      @point=${(event: CustomEvent<string>) => this.point(event.detail)}></orrery-proxy-rules>`;
  }

  /** The cards that the followed packet passes. */
  private litCards(graph: RouteGraph): ReadonlySet<string> {
    const way = this.route.to ? wayIn(this.desk.packet) : undefined;
    return way ? cardsOn(way, graph) : new Set();
  }

  private act(card: RouteCard): void {
    if (!card.action) return;
    const { kind, of } = card.action;
    if (kind === "fold") this.open = new Set([...this.open, of]);
    else if (kind === "node") this.tell({ node: of });
    else if (kind === "inspect") this.select(of);
    else if (of === this.route.service) this.select(`v1/services:${of}`);
    else this.tell({ service: of, port: "", from: "", to: "", via: "" });
  }

  private point(endpoint: string): void {
    this.pointed = endpoint;
  }

  private tell(value: Partial<Route>): void {
    this.dispatchEvent(new CustomEvent("bar", { detail: { name: "route", value }, bubbles: true }));
  }

  private portOf(ports: readonly PortRow[]): PortRow | undefined {
    return ports.find((row) => row.id === this.route.port) ?? ports[0];
  }

  private get tables(): RoutingTables {
    const { routing, nodes } = this.viewer.pictures;
    return {
      services: routing.table("services"),
      ports: routing.table("ports"),
      ways: routing.table("ways"),
      endpoints: routing.table("endpoints"),
      verdicts: routing.table("verdicts"),
      leftout: routing.table("leftout"),
      nodes: nodes.table("nodes"),
      pods: nodes.table("pods"),
    };
  }

  /** The graph and where its cards are, kept until the picture or the choice alters. */
  private arrange(service: ServiceRow | undefined): Arrangement {
    const { routing, nodes } = this.viewer.pictures;
    const { port, traffic } = this.route;
    const choice = service
      ? `${service.id} ${port} ${traffic}`
      : `${this.namespace} ${[...this.open].join()}`;
    const key = `${routing.version} ${nodes.version} ${choice}`;
    if (this.known?.key === key) return this.known;
    const tables = this.tables;
    const family = service?.cluster_ips[0]?.includes(":") ? "IPv6" : "IPv4";
    const graph = service
      ? buildOne(tables, service, this.portOf(portsOf(tables, service.id)), traffic, family)
      : buildMany(tables, this.namespace, this.open);
    const slots = this.keeper.assign(graph, choice);
    const columns = drawnColumns(graph, service ? ONE : MANY);
    this.known = { key, graph, columns, ...place(graph, slots, columns, service !== undefined) };
    return this.known;
  }
}

/** Where each column is. One in which nothing stands takes no room: what is left of it moves up. */
function drawnColumns(graph: RouteGraph, columns: readonly Column[]): (Column | undefined)[] {
  const used = new Set(graph.cards.map((card) => card.column));
  let saved = 0;
  return columns.map(({ x, width }, index) => {
    if (used.has(index)) return { x: x - saved, width };
    saved += (columns[index + 1]?.x ?? x) - x;
    return undefined;
  });
}

/** Cards by their slots. Of one Service, a short column stands in the middle; of several, each Service has a row. */
function place(
  graph: RouteGraph,
  slots: readonly Slots[],
  columns: readonly (Column | undefined)[],
  isOne: boolean,
): { spots: Map<string, Spot>; height: number } {
  const rows = slots.map((column) => Math.max(0, ...[...column.values()].map((slot) => slot + 1)));
  const most = Math.min(Math.max(1, ...rows), 5);
  const spots = new Map<string, Spot>();
  for (const card of graph.cards) {
    const column = columns[card.column];
    if (!column) continue;
    const own = slots[card.column]?.get(card.id) ?? 0;
    const slot = isOne ? own : (slots[2]?.get(rowOf(card)) ?? own);
    const free = isOne ? Math.max(0, most - (rows[card.column] ?? 0)) : 0;
    spots.set(card.id, { ...column, y: TOP + slot * STEP + (free * STEP) / 2 });
  }
  return { spots, height: TOP + Math.max(1, ...rows) * STEP + 4 };
}

customElements.define("orrery-routing", RoutingElement);
