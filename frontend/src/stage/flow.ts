/** The flow diagram: who writes what to the API server. Drawn from rows; placed by layout/flow.ts; pulses by pulses.ts. */

import { html, nothing, type PropertyValues, type SVGTemplateResult, svg, type TemplateResult } from "lit";
import {
  type ComponentBox,
  type Edge,
  type FlowLayout,
  layOutFlow,
  NO_PLACES,
  placeComponents,
} from "../layout/flow";
import { countStates, groupByNode, STATE_WORDS, UNSCHEDULED } from "../layout/pods";
import { assignSlots, SlotKeeper, type Slots } from "../layout/slots";
import {
  labelOf,
  pillsOf,
  rateOf,
  ratesOf,
  type Tally,
  tallyOf,
  toldSeconds,
  wokenBy,
} from "../layout/writes";
import { ago, count, cut, duration, namespaceOf } from "../model/format";
import type { Note } from "../model/origin";
import type { Traces } from "../model/traces";
import type { Viewer } from "../model/viewer";
import type { ComponentRow, WriteRow } from "../wire";
import { onActivate, StageElement } from "./element";
import { Pulses } from "./pulses";
import "./trace";
import { drawTray } from "./tray";

const AWAKE_SECONDS = 2;
const QUIET_SECONDS = 10;
const PILL_SECONDS = 1;
const RATE_SECONDS = 2;
const WOKEN_SECONDS = 0.4;
/** Above so many writes in a second on the screen, edges tell rates, and no pulse runs. */
const FOLLOWABLE = 30;
const PILLS_AT_MOST = 7;
const KINDS_SHOWN = 3;
/** How high a card is at least that has room for what its component did last. */
const SAID_FROM = 36;

export class FlowElement extends StageElement {
  static override properties = {
    viewer: { attribute: false },
    namespace: { attribute: false },
    selected: { attribute: false },
    current: { attribute: false },
    traces: { attribute: false },
    trace: { attribute: false },
    notes: { attribute: false },
    tick: { attribute: false },
    showQuiet: { state: true },
  };
  declare viewer: Viewer;
  declare namespace: string;
  declare selected: string;
  /** The write that is inspected, by its frame. */
  declare current: number | undefined;
  declare traces: Traces;
  declare trace: number | "latest" | undefined;
  declare notes: readonly Note[];
  declare tick: number;
  declare showQuiet: boolean;
  private size = { width: 964, height: 440 };
  private places = NO_PLACES;
  private readonly slots = new SlotKeeper();
  private pillSlots: Slots = new Map();
  private woken: ReadonlySet<string> = new Set();
  /** With a filter: what each component wrote of late, and how much of that meets it. */
  private tallies: ReadonlyMap<string, Tally> | undefined;
  private readonly pulses = new Pulses();
  private readonly observer = new ResizeObserver(() => this.measure());
  private readonly onWrites = (event: Event) => this.pulse((event as CustomEvent<WriteRow[]>).detail);

  constructor() {
    super();
    this.showQuiet = false;
  }

  override firstUpdated(): void {
    const scroll = this.querySelector(".flow-scroll");
    if (scroll) this.observer.observe(scroll);
    this.viewer.addEventListener("writes", this.onWrites);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer.disconnect();
    this.pulses.stop();
    this.viewer.removeEventListener("writes", this.onWrites);
  }

  override updated(_changed: PropertyValues): void {
    const group = this.querySelector<SVGGElement>(".pulses");
    if (group) this.pulses.attach(group);
  }

  protected override render(): TemplateResult {
    const layout = this.layOut();
    this.tallies = this.viewer.matches && tallyOf(this.told, (write) => this.isMet(write));
    this.woken = wokenBy(this.writes, this.now, WOKEN_SECONDS);
    return html`
      <div class="flow-scroll">
        <svg width=${layout.width} height=${layout.height} role="group" aria-label="Flow: who writes what to the API server">
          ${this.drawHeadings(layout)} ${this.drawEdges(layout)}
          ${layout.clients.map((box) => this.drawCard(box))} ${this.drawApiServer(layout)} ${this.drawEtcd(layout)}
          ${layout.controllers.map((box) => this.drawCard(box))}
          ${layout.hiddenControllers > 0 || this.showQuiet ? this.drawHidden(layout) : nothing}
          ${layout.crowd ? this.drawCrowd(layout) : this.drawTrays(layout)}
          <g class="pulses"></g>
        </svg>
      </div>
      <orrery-trace .viewer=${this.viewer} .traces=${this.traces} .trace=${this.trace} .namespace=${this.namespace}
        .current=${this.current} .notes=${this.notes} .tick=${this.tick}></orrery-trace>
    `;
  }

  private layOut(): FlowLayout {
    const components = this.viewer.pictures.flow.table("components");
    const { now, showQuiet } = this;
    this.places = placeComponents(components.values(), this.places, this.size.height, { now, showQuiet });
    return layOutFlow(
      components.values(),
      this.viewer.pictures.nodes.table("nodes").values(),
      this.size,
      this.places,
    );
  }

  private get now(): number {
    return this.viewer.place?.ts ?? this.viewer.pictures.flow.ts;
  }

  /** The latest writes in this namespace, or in any. */
  private get told(): WriteRow[] {
    const writes = [...this.viewer.pictures.flow.table("writes").values()];
    return this.namespace ? writes.filter((write) => namespaceOf(write.ref) === this.namespace) : writes;
  }

  /** Those of what meets the filter. */
  private get writes(): WriteRow[] {
    return this.viewer.matches ? this.told.filter((write) => this.isMet(write)) : this.told;
  }

  private isMet(write: WriteRow): boolean {
    return this.viewer.matches?.has(write.ref) ?? true;
  }

  private measure(): void {
    const scroll = this.querySelector(".flow-scroll");
    if (!scroll) return;
    const size = { width: scroll.clientWidth, height: scroll.clientHeight };
    if (size.width === this.size.width && size.height === this.size.height) return;
    this.size = size;
    this.requestUpdate();
  }

  private drawHeadings(layout: FlowLayout): SVGTemplateResult {
    const controllersX = layout.controllers[0]?.x ?? layout.apiserver.x + 200;
    const nodesX = layout.nodes[0]?.x ?? layout.crowd?.x ?? layout.width - 264;
    return svg`<text class="heading" x="24" y="34">CLIENTS</text>
      <text class="heading" x=${controllersX} y="34">CONTROL PLANE</text>
      <text class="heading" x=${nodesX} y="34">NODES</text>`;
  }

  private drawEdges(layout: FlowLayout): SVGTemplateResult {
    const components = this.viewer.pictures.flow.table("components");
    const rates = this.isBusy ? ratesOf(this.writes, this.now, this.seconds) : undefined;
    // In a crowd of nodes all kubelets share one line: it is drawn once, with what they write together.
    const lines = new Map<string, { edge: Edge; actor: string; isAwake: boolean; rate: number }>();
    for (const edge of layout.edges.values()) {
      const component = components.get(edge.component);
      const line = lines.get(edge.path) ?? {
        edge,
        actor: component?.actor ?? "unknown",
        isAwake: false,
        rate: 0,
      };
      line.isAwake ||= this.isAwake(component);
      line.rate += rates?.get(edge.component) ?? 0;
      lines.set(edge.path, line);
    }
    return svg`<g>
      <path class="edge hue-etcd awake" d=${layout.toEtcd}></path>
      ${[...lines.values()].map(({ edge, actor, isAwake, rate }) => {
        const thick = rate > 0 ? Math.min(6, 1.3 + Math.sqrt(rate) / 2) : nothing;
        return svg`<path class="edge hue-${actor} ${isAwake ? "awake" : ""}" d=${edge.path} stroke-width=${thick}></path>
          ${rate > 0 ? svg`<text class="rate" x=${edge.end.x} y=${edge.end.y - 5} text-anchor=${edge.end.anchor}>${tellRate(rate)}/s</text>` : nothing}`;
      })}
    </g>`;
  }

  /** Whether so much is written, in the time of who looks on, that nobody could follow pulses. */
  private get isBusy(): boolean {
    const { place } = this.viewer;
    return this.rate * (place?.mode === "playing" ? place.speed : 1) > FOLLOWABLE;
  }

  /** Writes per second, over the last two seconds or as far back as all of them are told. */
  private get rate(): number {
    return rateOf(this.writes, this.now, this.seconds);
  }

  private get seconds(): number {
    return toldSeconds(this.viewer.pictures.flow.table("writes"), this.now, RATE_SECONDS);
  }

  private isWoken(component: ComponentRow): boolean {
    return this.woken.has(component.id) || this.woken.has(`${component.actor}:*`);
  }

  private isAwake(component: ComponentRow | undefined): boolean {
    if (component === undefined || component.last_seq === 0) return false;
    const last = this.tallies ? (this.tallies.get(component.id)?.lastTs ?? 0) : component.last_ts;
    return this.now - last < AWAKE_SECONDS;
  }

  private drawCard(box: ComponentBox): SVGTemplateResult {
    const { component } = box;
    const isSmall = box.height < SAID_FROM;
    const quiet = component.last_seq === 0 || this.now - component.last_ts > QUIET_SECONDS;
    const tally = this.tallies && (this.tallies.get(component.id) ?? { all: 0, met: 0 });
    const met = tally && `${tally.met} of ${count(tally.all, "write")}`;
    const latest =
      component.last_seq === 0
        ? "nothing yet"
        : `${component.last_text} · ${ago(component.last_ts, this.now)}`;
    const said = met ? `${met} of late, routine ones left out, are of what meets the filter` : latest;
    const classes = `${this.isAwake(component) ? "awake" : ""} ${quiet ? "quiet" : ""} ${tally?.met === 0 ? "unmet" : ""} ${this.isWoken(component) ? "woken" : ""}`;
    const name = component.actor === "unknown" ? "unknown writer" : component.name;
    return svg`<g class="card hue-${component.actor} ${classes}"
        transform="translate(${box.x} ${box.y})" data-component=${box.id} role="img" aria-label="${name}: ${said}">
      <title>${name}: ${count(component.writes, "write")} so far. ${said}</title>
      <rect class="frame" width=${box.width} height=${box.height} rx="8"></rect>
      <rect class="stripe" y=${isSmall ? 5 : 8} width="3" height=${box.height - (isSmall ? 10 : 16)} rx="1.5"></rect>
      <text class="name" x="13" y=${isSmall ? 15.5 : 18}>${cut(name, Math.floor((box.width - 20) / 7))}</text>
      ${isSmall ? nothing : svg`<text class="said" x="13" y="33">${met ?? (quiet ? idleWords(component, this.now) : shorten(component, this.now, Math.floor((box.width - 18) / 5.9)))}</text>`}
    </g>`;
  }

  private drawApiServer(layout: FlowLayout): SVGTemplateResult {
    const { x, y, width, height } = layout.apiserver;
    const middle = x + width / 2;
    const room = Math.max(1, Math.min(PILLS_AT_MOST, Math.floor((height - 150) / 26)));
    const pills = pillsOf(this.writes, this.now, PILL_SECONDS, room);
    this.pillSlots = assignSlots(
      this.pillSlots,
      pills.map((pill) => pill.key),
    );
    const { rate } = this;
    const components = this.viewer.pictures.flow.table("components");
    return svg`<g class="apiserver" role="group" aria-label="API server">
      <rect x=${x} y=${y} width=${width} height=${height} rx="10"></rect>
      <text class="name" x=${middle} y=${y + 26}>API server</text>
      <text class="centred" x=${middle} y=${y + 44}>${tellRate(rate)} writes/s</text>
      ${pills.map((pill) => {
        const select = () => this.select(pill.newest.ref, pill.newest.seq);
        const text = cut(pill.text, 18);
        const pillWidth = text.length * 6.1 + 16;
        return svg`<g class="pill hue-${components.get(pill.component)?.actor ?? "unknown"} ${pill.newest.certainty}"
            transform="translate(${middle} ${y + 72 + (this.pillSlots.get(pill.key) ?? 0) * 26})" role="button" tabindex="0"
            aria-label="${pill.text}, ${pill.newest.text}" @click=${select} @keydown=${onActivate(select)}>
          <title>${pill.newest.text} (${pill.newest.certainty})</title>
          <rect x=${-pillWidth / 2} y="-10" width=${pillWidth} height="20" rx="10"></rect>
          <text y="4">${text}</text>
        </g>`;
      })}
    </g>`;
  }

  private drawEtcd(layout: FlowLayout): SVGTemplateResult {
    const { x, y, width, height } = layout.etcd;
    const etcd = this.viewer.pictures.flow.table("etcd").get("etcd");
    const right = x + width;
    const kinds = [...this.viewer.pictures.flow.table("kinds").values()].sort(
      (a, b) => b.objects - a.objects,
    );
    const list = kinds.map((kind) => `${kind.objects} ${kind.kind}`).join(", ");
    const more = kinds.length - KINDS_SHOWN;
    const lines = [
      `${(etcd?.objects ?? 0).toLocaleString("en")} objects`,
      ...kinds.slice(0, KINDS_SHOWN).map((kind) => `${kind.objects.toLocaleString("en")} ${kind.kind}`),
      ...(more > 0 ? [`and ${count(more, "more kind")}`] : []),
    ];
    return svg`<g class="etcd" role="img" aria-label="etcd, revision ${etcd?.revision ?? 0}, ${etcd?.objects ?? 0} objects">
      <title>What etcd holds: ${list}</title>
      <path d="M${x} ${y + 8} a${width / 2} 8 0 0 1 ${width} 0 v${height - 16} a${width / 2} 8 0 0 1 ${-width} 0 z"></path>
      <path d="M${x} ${y + 8} a${width / 2} 8 0 0 0 ${width} 0"></path>
      <text class="name" x=${x + width / 2} y=${y + 33}>etcd</text>
      <text class="centred" x=${x + width / 2} y=${y + 48}>rev ${etcd?.revision ?? "–"}</text>
      ${lines.map(
        (line, index) =>
          svg`<text class="said ${index === 0 ? "whole" : ""}" x=${right + 12} y=${y + 4 + index * 13.5}>${line}</text>`,
      )}
    </g>`;
  }

  private drawHidden(layout: FlowLayout): SVGTemplateResult {
    const last = layout.controllers.at(-1);
    const toggle = () => {
      this.showQuiet = !this.showQuiet;
    };
    const words = this.showQuiet
      ? `fold the quiet ones ▴${layout.hiddenControllers > 0 ? ` · ${layout.hiddenControllers} more, in the table` : ""}`
      : `${count(layout.hiddenControllers, "more controller")}, quiet ▸`;
    return svg`<g class="more" role="button" tabindex="0" aria-label=${words} transform="translate(${last?.x ?? layout.apiserver.x + 200} ${(last ? last.y + last.height : 54) + 21})"
        @click=${toggle} @keydown=${onActivate(toggle)}><rect x="-4" y="-13" width=${words.length * 6.1 + 8} height="19" rx="4"></rect><text>${words}</text></g>`;
  }

  private drawTrays(layout: FlowLayout): SVGTemplateResult[] {
    const pods = groupByNode(this.viewer.pictures.nodes.table("pods").values(), this.namespace);
    const slots = this.slots.assign(
      new Map([...pods].map(([node, rows]) => [node, rows.map((pod) => pod.id)])),
    );
    const trays = layout.nodes.map((box) =>
      drawTray({
        ...box,
        pods: pods.get(box.id) ?? [],
        slots: slots.get(box.id) ?? new Map(),
        isMet: (ref) => this.viewer.matches?.has(ref) ?? true,
        isAwake: this.isAwake(box.kubelet),
        isWoken: box.kubelet !== undefined && this.isWoken(box.kubelet),
        hasProxy: this.viewer.pictures.flow.table("components").has(`proxy:${box.id}`),
        selected: this.selected,
        select: (ref) => this.select(ref),
      }),
    );
    const waiting = pods.get(UNSCHEDULED)?.length ?? 0;
    const last = layout.nodes.at(-1);
    if (waiting > 0 && last) {
      trays.push(
        svg`<text class="heading" x=${last.x} y=${last.y + last.height + 20}>${count(waiting, "pod")} on no node yet</text>`,
      );
    }
    return trays;
  }

  private drawCrowd(layout: FlowLayout): SVGTemplateResult {
    const box = layout.crowd;
    if (!box) return svg``;
    const nodes = [...this.viewer.pictures.nodes.table("nodes").values()];
    const broken = nodes.filter((node) => node.ready !== "True").length;
    const { matches } = this.viewer;
    const all = [...this.viewer.pictures.nodes.table("pods").values()];
    const pods = matches ? all.filter((pod) => matches.of("v1/pods").has(pod.id)) : all;
    const states = [...countStates(pods)];
    return svg`<g class="tray" transform="translate(${box.x} ${box.y})" role="group" aria-label="${count(nodes.length, "node")}">
      <rect class="frame" width=${box.width} height=${box.height} rx="10"></rect>
      <text class="name" x="14" y="24">${count(nodes.length, "node")}</text>
      <text class="said ${broken ? "bad" : ""}" x="14" y="44">${broken ? `✕ ${broken} not ready` : "all ready"}</text>
      <text class="name" x="14" y="78">${matches ? `${pods.length.toLocaleString("en")} of ` : ""}${count(all.length, "pod")}</text>
      ${states.map(
        ([state, number], index) =>
          svg`<text class="said" x="14" y=${98 + index * 18}>${number.toLocaleString("en")} ${STATE_WORDS[state]}</text>`,
      )}
      <text class="said" x="14" y=${box.height - 16}>each node: see Nodes</text>
    </g>`;
  }

  private pulse(writes: readonly WriteRow[]): void {
    const layout = this.layOut();
    const components = this.viewer.pictures.flow.table("components");
    const shown = writes.filter(
      (write) => this.isMet(write) && (!this.namespace || namespaceOf(write.ref) === this.namespace),
    );
    if (this.isBusy) return;
    for (const write of shown) {
      const actor = components.get(write.component)?.actor ?? "unknown";
      const path = layout.edges.get(write.component)?.path;
      const wakes = write.wakes.flatMap((id) => {
        const woken = layout.edges.get(id);
        return woken && id !== write.component
          ? [{ actor: components.get(id)?.actor ?? "unknown", path: woken.path }]
          : [];
      });
      this.pulses.start({
        actor,
        label: labelOf(write),
        path,
        toEtcd: layout.toEtcd,
        wakes,
        isFaint: write.routine,
      });
    }
  }
}

function tellRate(rate: number): string {
  return rate >= 10 ? String(Math.round(rate)) : rate.toFixed(1);
}

function idleWords(component: ComponentRow, now: number): string {
  return component.last_seq === 0 ? "nothing yet" : `idle ${duration(Math.max(0, now - component.last_ts))}`;
}

/** What it did last, without the object's name, and how long ago where that fits. */
function shorten(component: ComponentRow, now: number, room: number): string {
  if (component.last_seq === 0) return "nothing yet";
  const what = component.last_text.replace(/ \S+$/, "");
  const whole = `${what} · ${duration(Math.max(0, now - component.last_ts))}`;
  return whole.length <= room ? whole : cut(what, room);
}

customElements.define("orrery-flow", FlowElement);
