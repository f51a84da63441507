/** The nodes diagram: pods on nodes, and what made them. Trays for some nodes, one painted map for many. */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { type Altered, Arrangement } from "../layout/arrangement";
import { isLate, standingOf } from "../layout/nodefacts";
import { findOrphans, growOwners, type OwnerBranch } from "../layout/owners";
import { WAITING } from "../layout/places";
import { count } from "../model/format";
import { COLOURS, type Colour, GROUPS, type Group, type Look } from "../model/look";
import { countMet, type Matches } from "../model/matches";
import type { Viewer } from "../model/viewer";
import type { PodRow } from "../wire";
import { StageElement } from "./element";
import "./map";
import type { MapElement } from "./map";
import { drawNodeTray } from "./nodetray";
import "./owners";
import { drawSwatch } from "./pods";

/** Up to so many trays, with so many pods in all, are drawn one by one. Back from the map only when there are clearly fewer. */
const TRAYS_AT_MOST = 40;
const PODS_AT_MOST = 1_500;
const CLEARLY = 0.9;

const GROUP_WORDS: Readonly<Record<Group, string>> = {
  none: "nodes by name",
  zone: "nodes by zone",
  pool: "nodes by node pool",
  namespace: "namespaces",
};
const COLOUR_WORDS: Readonly<Record<Colour, string>> = {
  phase: "state",
  readiness: "readiness",
  kind: "kind of owner",
  owner: "owner",
  age: "age",
  restarts: "restarts",
};

interface Trees {
  readonly version: number;
  readonly namespace: string;
  readonly trees: readonly OwnerBranch[];
  readonly orphans: readonly PodRow[];
}

/** Trays that have the same oddity, to go to one after another. */
interface Odd {
  readonly words: string;
  readonly tone: "bad" | "warn" | "calm";
  readonly trays: readonly string[];
}

export class NodesElement extends StageElement {
  static override properties = {
    viewer: { attribute: false },
    namespace: { attribute: false },
    look: { attribute: false },
    found: { attribute: false },
    selected: { attribute: false },
    tick: { attribute: false },
  };
  declare viewer: Viewer;
  declare namespace: string;
  declare look: Look;
  /** What meets the filter; undefined without one. */
  declare found: Matches | undefined;
  declare selected: string;
  declare tick: number;
  private arrangement: Arrangement | undefined;
  private altered: Altered = { all: true, seats: [], trays: true, version: -1 };
  private isMap = false;
  private trees: Trees | undefined;
  /** What is odd, as of one second of one version: there are many nodes, and drawing comes more often. */
  private odd: { readonly key: string; readonly found: readonly Odd[] } = { key: "", found: [] };
  private visited = new Map<string, number>();

  protected override willUpdate(_changed: PropertyValues<this>): void {
    if (!this.arrangement?.suits(this.look)) this.arrangement = new Arrangement(this.look);
    const { look, namespace, found, selected, now } = this;
    const picture = this.viewer.pictures.nodes;
    this.altered = this.arrangement.follow({ picture, look, namespace, matches: found, selected, now });
    const { trays, size } = this.arrangement.seats;
    const margin = this.isMap ? CLEARLY : 1;
    const isOverfull = trays.size - (trays.has(WAITING) ? 1 : 0) > TRAYS_AT_MOST * margin;
    this.isMap = isOverfull || size > PODS_AT_MOST * margin;
    this.classList.toggle("with-map", this.isMap);
  }

  protected override render(): TemplateResult {
    const { arrangement } = this;
    if (!arrangement) return html``;
    const nodes = this.viewer.pictures.nodes.table("nodes");
    return html`
      <header>${this.drawChoices()}${this.drawLegend(arrangement)}</header>
      <div class="summary"><h2>${count(nodes.size, "node")}, ${this.tellMet(arrangement.seats.size)}</h2>${this.drawOdd()}</div>
      ${this.isMap ? this.drawMap(arrangement) : this.drawTrays(arrangement)}
    `;
  }

  private tellMet(pods: number): string {
    if (!this.found) return count(pods, "pod");
    const met = countMet(this.found, "v1/pods", this.namespace);
    return `${met.toLocaleString("en")} of ${count(pods, "pod")} by the filter`;
  }

  private get now(): number {
    return this.viewer.place?.ts ?? this.viewer.pictures.nodes.ts;
  }

  private drawMap(arrangement: Arrangement): TemplateResult {
    const picture = this.viewer.pictures.nodes;
    return html`<orrery-map .arrangement=${arrangement} .altered=${this.altered} .nodes=${picture.table("nodes")} .loads=${picture.table("loads")}
      .leases=${picture.table("leases")} .now=${this.now} .selected=${this.selected}></orrery-map>`;
  }

  private drawTrays(arrangement: Arrangement): TemplateResult {
    const groups = arrangement.places.trays();
    if (groups.length === 0) return html`<p class="none">${this.emptyWords}</p>`;
    const { trees, orphans } = this.growTrees();
    return html`<div class="tray-groups">${repeat(
      groups,
      ([name]) => name,
      ([name, ids]) => html`<section>
        ${name ? html`<h3>${name} <span>${count(ids.length, this.look.group === "namespace" ? "namespace" : "node")}</span></h3>` : nothing}
        <div class="trays">${repeat(
          ids,
          (id) => id,
          (id) => this.drawTray(arrangement, id),
        )}</div>
      </section>`,
    )}</div>
    <h2>What made them</h2>
    <orrery-owners .trees=${trees} .orphans=${orphans} .podCount=${arrangement.seats.size}
      .met=${this.found} .metVersion=${this.found?.version} .selected=${this.selected}></orrery-owners>`;
  }

  private get emptyWords(): string {
    if (this.look.group === "namespace") return "No pods are here at this moment.";
    return "No nodes are here at this moment. They appear as soon as kubelets register them.";
  }

  private drawTray(arrangement: Arrangement, id: string): TemplateResult {
    const picture = this.viewer.pictures.nodes;
    return drawNodeTray({
      arrangement,
      tray: arrangement.seats.tray(id),
      node: arrangement.isNode(id) ? picture.table("nodes").get(id) : undefined,
      load: picture.table("loads").get(id),
      lease: picture.table("leases").get(id),
      now: this.now,
      met: this.found,
      selected: this.selected,
      select: (ref) => this.select(ref),
    });
  }

  /** What made the pods, kept until the picture or the namespace alters: drawing comes more often. */
  private growTrees(): Trees {
    const picture = this.viewer.pictures.nodes;
    const { version } = picture;
    const { namespace, trees: known } = this;
    if (known && known.version === version && known.namespace === namespace) return known;
    const [owners, pods] = [picture.table("owners"), picture.table("pods")];
    this.trees = {
      version,
      namespace,
      trees: growOwners(owners, pods.values(), namespace),
      orphans: findOrphans(owners, pods.values(), namespace),
    };
    return this.trees;
  }

  private drawChoices(): TemplateResult {
    const { group, colour } = this.look;
    return html`<div class="choices">
      <label>Trays are <select @change=${(event: Event) => this.choose({ group: chosenIn(event) as Group })}>
        ${GROUPS.map((each) => html`<option value=${each} ?selected=${each === group}>${GROUP_WORDS[each]}</option>`)}</select></label>
      <label>Colour tells <select @change=${(event: Event) => this.choose({ colour: chosenIn(event) as Colour, only: [] })}>
        ${COLOURS.map((each) => html`<option value=${each} ?selected=${each === colour}>${COLOUR_WORDS[each]}</option>`)}</select></label>
    </div>`;
  }

  private drawLegend(arrangement: Arrangement): TemplateResult {
    const { only } = this.look;
    const { entries, more } = arrangement.legend(only);
    return html`<div class="legend" role="group" aria-label="What the colours mean; choose what stands out">
      ${entries.map(
        ({ key, label, paint, pods }) =>
          html`<button class="entry" aria-pressed=${only.includes(key)} @click=${() => this.toggle(key)}
            title="Let these stand out">${drawSwatch(paint)} ${pods.toLocaleString("en")} ${label}</button>`,
      )}
      ${more > 0 ? html`<span>and ${count(more, "more owner")}, in the same colours</span>` : nothing}
      ${only.length > 0 ? html`<button class="link" @click=${() => this.choose({ only: [] })}>show all alike</button>` : nothing}
    </div>`;
  }

  private toggle(key: string): void {
    const { only } = this.look;
    this.choose({ only: only.includes(key) ? only.filter((each) => each !== key) : [...only, key] });
  }

  private choose(chosen: Partial<Look>): void {
    const value = { ...this.look, ...chosen };
    this.dispatchEvent(
      new CustomEvent("bar", { detail: { name: "look", value }, bubbles: true, composed: true }),
    );
  }

  /** What is not as it should be, as buttons that lead there. */
  private drawOdd(): TemplateResult[] {
    const key = `${this.viewer.pictures.nodes.version} ${Math.floor(this.now)} ${this.look.group}`;
    if (this.odd.key !== key) this.odd = { key, found: this.findOdd() };
    return this.odd.found
      .filter(({ trays }) => trays.length > 0)
      .map(
        ({ words, tone, trays }) =>
          html`<button class="odd ${tone}" title="Go there, one after another" @click=${() => this.visit(words, trays)}>${words}</button>`,
      );
  }

  private findOdd(): Odd[] {
    const { arrangement } = this;
    const picture = this.viewer.pictures.nodes;
    if (!arrangement || arrangement.isByNamespace) return [];
    const [broken, troubled, late, cordoned]: string[][] = [[], [], [], []];
    for (const node of picture.table("nodes").values()) {
      const standing = standingOf(node);
      if (standing === "broken") broken?.push(node.id);
      if (node.troubles.length > 0) troubled?.push(node.id);
      if (node.unschedulable) cordoned?.push(node.id);
      if (standing !== "broken" && isLate(picture.table("leases").get(node.id), this.now))
        late?.push(node.id);
    }
    const waiting = arrangement.seats.trays.get(WAITING)?.own.count ?? 0;
    return [
      { words: `✕ ${broken?.length} not ready`, tone: "bad", trays: broken ?? [] },
      { words: `▲ ${troubled?.length} in trouble`, tone: "bad", trays: troubled ?? [] },
      { words: `◷ ${count(late?.length ?? 0, "lease")} late`, tone: "warn", trays: late ?? [] },
      { words: `⊘ ${cordoned?.length} cordoned`, tone: "warn", trays: cordoned ?? [] },
      { words: `… ${count(waiting, "pod")} on no node`, tone: "calm", trays: waiting > 0 ? [WAITING] : [] },
    ];
  }

  private visit(words: string, trays: readonly string[]): void {
    const sign = words.slice(0, 1);
    const turn = this.visited.get(sign) ?? 0;
    this.visited.set(sign, turn + 1);
    const id = trays[turn % trays.length];
    if (id === undefined) return;
    if (this.isMap) this.querySelector<MapElement>("orrery-map")?.visit(id);
    else
      for (const tray of this.querySelectorAll<HTMLElement>(".node-tray"))
        if (tray.dataset.tray === id) tray.scrollIntoView({ block: "nearest" });
  }
}

function chosenIn(event: Event): string {
  return (event.target as HTMLSelectElement).value;
}

customElements.define("orrery-nodes", NodesElement);
