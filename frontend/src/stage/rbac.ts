/** The RBAC diagram: who is bound to what, and what that allows. A question lights its paths. */

import { html, nothing, svg, type TemplateResult } from "lit";
import {
  bareName,
  buildRbac,
  type Card,
  type Column,
  type Graph,
  type Link,
  type Lit,
  refOf,
} from "../layout/rbac";
import { cardsMet, rbacMet } from "../layout/rbacfilter";
import { PlaceKeeper } from "../layout/rbacorder";
import { complete, type Words } from "../layout/rbacwords";
import type { Slots } from "../layout/slots";
import { clockSeconds, count, cut } from "../model/format";
import { type RbacDesk, told } from "../model/rbac";
import type { Viewer } from "../model/viewer";
import type { BindingRow, RbacAnswer, RbacChange } from "../wire";
import { onActivate, StageElement } from "./element";
import "./rbacmatrix";

const LIMIT = 2000;
const X = [24, 268, 500, 732] as const;
const WIDTH = [168, 168, 168, 208] as const;
const TOP = 40;
const HEIGHT = 44;
const STEP = 56;
const HEADINGS = ["SUBJECTS", "BINDINGS", "ROLES", "WHAT THEY ALLOW"] as const;
const CHANGES_SHOWN = 5;
const NOTHING_LIT: Lit = { ids: new Set(), rules: new Set(), resource: "", members: [] };

/** What an answer lights. */
export function litBy(
  answer: RbacAnswer | undefined,
  text: string,
  bindings: ReadonlyMap<string, BindingRow>,
): Lit {
  if (!answer) return NOTHING_LIT;
  const ids = new Set<string>();
  const rules = new Set<string>();
  const grants = [
    ...(answer.holders ?? []).flatMap((holder) => holder.grants),
    ...(answer.permissions ?? []).flatMap((permission) => permission.cells.flatMap((cell) => cell.grants)),
  ];
  const members: [string, string][] = [];
  const isBound = (binding: string, subject: string) =>
    bindings.get(binding)?.subjects.includes(subject) ?? true;
  for (const { subject, cells } of answer.permissions ?? [])
    for (const { grants } of cells)
      for (const { binding } of grants) if (!isBound(binding, subject)) members.push([subject, binding]);
  for (const { subject, grants } of answer.holders ?? [])
    for (const { binding } of grants) if (!isBound(binding, subject)) members.push([subject, binding]);
  for (const holder of answer.holders ?? []) ids.add(holder.subject);
  for (const permission of answer.permissions ?? []) ids.add(permission.subject);
  for (const grant of grants) {
    ids.add(grant.binding);
    ids.add(grant.role);
    rules.add(grant.rule);
  }
  if (answer.kind === "leads") {
    for (const path of answer.paths ?? []) {
      ids.add(path.start);
      for (const step of path.steps) {
        if (step.target) ids.add(step.target);
        for (const { binding } of step.needs)
          if (binding) ids.add(binding).add(bindings.get(binding)?.role ?? "");
      }
    }
  }
  const asked = /^\s*(?:who can|can .+?)\s+(\S+)\s+(\/?\S+?)(?:\s|\?|$)/i.exec(text)?.[2] ?? "";
  return {
    ids,
    rules,
    members,
    resource: answer.kind === "who" || answer.kind === "can" ? resourceIn(asked, answer) : "",
  };
}

/** The resource as rules write it: the answer's title has it in full. */
function resourceIn(asked: string, answer: RbacAnswer): string {
  const full =
    /(?:Who can|Can .+?) \S+ (\S+?)(?: named \S+)? (?:in|anywhere)/.exec(answer.title)?.[1] ?? asked;
  return full.startsWith("/") ? full : (full.split(".")[0] ?? full);
}

export class RbacElement extends StageElement {
  static override properties = {
    viewer: { attribute: false },
    desk: { attribute: false },
    namespace: { attribute: false },
    selected: { attribute: false },
    ask: { attribute: false },
    since: { attribute: false },
    isMatrix: { attribute: false },
    tick: { attribute: false },
    typed: { state: true },
    open: { state: true },
  };
  declare viewer: Viewer;
  declare desk: RbacDesk;
  declare namespace: string;
  declare selected: string;
  declare ask: string;
  declare since: number | undefined;
  declare isMatrix: boolean;
  declare tick: number;
  declare typed: string | undefined;
  declare open: ReadonlySet<string>;
  private readonly keeper = new PlaceKeeper();
  private known: { key: string; graph: Graph; slots: readonly Slots[] } | undefined;

  constructor() {
    super();
    this.typed = undefined;
    this.open = new Set();
  }

  protected override render(): TemplateResult {
    return html`
      ${this.drawAsking()}
      ${
        this.isMatrix
          ? html`<orrery-rbac-matrix .viewer=${this.viewer} .namespace=${this.namespace} .version=${this.viewer.pictures.rbac.version}
              @ask=${(event: CustomEvent<string>) => this.tell("ask", event.detail)}></orrery-rbac-matrix>`
          : this.drawGraph()
      }
      ${this.drawChanges()}
    `;
  }

  private drawAsking(): TemplateResult {
    const text = this.typed ?? this.ask;
    return html`<form class="asking" @submit=${this.submit} role="search" aria-label="Ask who may do what">
      <input name="ask" list="rbac-completions" autocomplete="off" spellcheck="false" .value=${text} placeholder="who can delete pods in shop?   or: what can alice do?"
        aria-label="Question" @input=${this.type} />
      <datalist id="rbac-completions">${complete(text, this.words()).map((option) => html`<option value=${option}></option>`)}</datalist>
      <button class="button">↵ ask</button>
      ${this.ask ? html`<button type="button" class="button ghost" @click=${() => this.putQuestion("")}>clear</button>` : nothing}
      <button type="button" class="button ghost" aria-pressed=${this.isMatrix} @click=${() => this.tell("matrix", !this.isMatrix)}>Matrix</button>
    </form>`;
  }

  private drawGraph(): TemplateResult {
    const { graph, slots } = this.arrange();
    const met = this.cardsMet(graph);
    const rows = Math.max(1, ...slots.map((column) => Math.max(0, ...column.values()) + 1));
    const places = new Map<string, { x: number; y: number; width: number }>();
    graph.columns.forEach((cards, index) => {
      for (const card of cards) {
        const column = index as Column;
        places.set(card.id, {
          x: X[column],
          y: TOP + (slots[index]?.get(card.id) ?? 0) * STEP,
          width: WIDTH[column],
        });
      }
    });
    if (graph.columns.every((cards) => cards.length === 0))
      return html`<div class="designed-state"><h2>No binding here</h2><p>Nothing is bound in ${this.namespace || "this cluster"} at this moment. Choose another namespace or moment.</p></div>`;
    return html`<div class="rbac-scroll" tabindex="0" role="region" aria-label="Subjects, bindings, roles and what they allow">
      <svg width="964" height=${TOP + rows * STEP + 8} class=${this.isAsked ? "asked" : ""}>
        ${HEADINGS.map((words, index) => svg`<text class="heading" x=${X[index] ?? 0} y="24">${words}</text>`)}
        ${graph.links.map((link) => drawLink(link, places, met.has(link.from) && met.has(link.to)))}
        ${graph.columns.map((cards) => cards.map((card) => this.drawCard(card, places.get(card.id), met.has(card.id))))}
      </svg>
    </div>
    ${this.viewer.matches ? html`<p class="rbac-legend" role="status">${this.tellMet(graph, met)}</p>` : nothing}
    <p class="rbac-legend">bright: the paths of the question · dashed line: by group membership · ▲ leads further than it says · ✕ broken</p>`;
  }

  /** The cards on the ways through what meets the filter; without one, all. */
  private cardsMet(graph: Graph): ReadonlySet<string> {
    const { matches, pictures } = this.viewer;
    if (!matches) return new Set(graph.columns.flat().map((card) => card.id));
    const [subjects, bindings, roles] = [
      pictures.rbac.table("subjects"),
      pictures.rbac.table("bindings"),
      pictures.rbac.table("roles"),
    ];
    return cardsMet(graph, rbacMet({ subjects, bindings, roles }, matches));
  }

  private tellMet(graph: Graph, met: ReadonlySet<string>): string {
    if (met.size === 0)
      return "No binding, role or ServiceAccount here meets the filter. Users and groups are no objects, and meet none.";
    const bindings = graph.columns[1] ?? [];
    const some = bindings.filter((card) => met.has(card.id)).length;
    return `By the filter: ${some} of ${count(bindings.length, "binding")}, with what they lead to; the rest is faint.`;
  }

  private drawCard(
    card: Card,
    place: { x: number; y: number; width: number } | undefined,
    isMet: boolean,
  ): TemplateResult {
    if (!place) return svg``;
    const { x, y, width } = place;
    const isSelected = this.selected !== "" && refOf(card.id) === this.selected;
    const classes = `rcard hue-${card.hue} ${card.isLit ? "lit" : ""} ${card.isBroken ? "broken" : ""} ${isSelected ? "chosen" : ""} ${card.fold ? "fold" : ""} ${isMet ? "" : "unmet"}`;
    const words = card.mark ? `${card.said} ${card.mark}` : card.said;
    const room = width - 20 - (card.mark ? card.mark.length * 6.4 + 6 : 0);
    return svg`<g class=${classes} data-card=${card.id} tabindex="0" role="button" aria-label="${card.name}, ${words}"
        transform="translate(${x} ${y})" @click=${() => this.choose(card)} @keydown=${onActivate(() => this.choose(card))}>
      <title>${card.name} · ${words}</title>
      <rect class="frame" width=${width} height=${HEIGHT} rx="8"></rect>
      <rect class="stripe" y="8" width="3" height=${HEIGHT - 16} rx="1.5"></rect>
      <text class="name" x="12" y="18">${cut(card.name, Math.floor((width - 20) / 7.9))}</text>
      ${card.mark ? svg`<text class="mark" x=${width - 9} y="35">${card.mark}</text>` : nothing}
      <text class="said" x="12" y="35">${cut(card.mark ? card.brief : card.said, Math.floor(room / 5.8))}</text>
    </g>`;
  }

  private drawChanges(): TemplateResult {
    const changed = told(this.desk.changed);
    const from = this.since === undefined ? this.viewer.hello?.firstTs : undefined;
    const since = this.since === undefined ? clockSeconds(from ?? 0) : `frame ${this.since}`;
    const changes = changed?.changes ?? [];
    const rest = changes.length - CHANGES_SHOWN;
    return html`<section class="rbac-changes" aria-label="Changed since">
      <h2>Changed since ${since}
        <button class="link needs-server" @click=${() => this.tell("since", this.viewer.place?.seq)}>since now</button>
        ${this.since === undefined ? nothing : html`<button class="link" @click=${() => this.tell("since", undefined)}>since the start</button>`}
      </h2>
      ${changes.slice(0, CHANGES_SHOWN).map((change) => drawChange(change))}
      ${rest > 0 ? html`<p>and ${rest} more, in the table</p>` : nothing}
      ${changed && changes.length === 0 ? html`<p>Nobody can do more or less than then.</p>` : nothing}
    </section>`;
  }

  private get isAsked(): boolean {
    return this.ask !== "" && told(this.desk.answer) !== undefined;
  }

  /** The graph and its places, kept until the picture, the question or a fold alters. */
  private arrange(): { graph: Graph; slots: readonly Slots[] } {
    const picture = this.viewer.pictures.rbac;
    const answer = told(this.desk.answer);
    const risky = this.desk.risky;
    const layout = `${this.namespace} ${answer ? this.ask : ""} ${[...this.open].join()} `;
    const key = `${picture.version} ${answer?.seq ?? ""} ${risky.size} ${layout}`;
    if (this.known?.key === key) return this.known;
    const graph = buildRbac(
      {
        subjects: picture.table("subjects"),
        bindings: picture.table("bindings"),
        roles: picture.table("roles"),
        rules: picture.table("rules"),
      },
      {
        namespace: this.namespace,
        open: this.open,
        lit: litBy(answer, this.ask, picture.table("bindings")),
        risky,
        limit: LIMIT,
      },
    );
    this.known = { key, graph, slots: this.keeper.assign(graph.columns, layout) };
    return this.known;
  }

  private words(): Words {
    const picture = this.viewer.pictures.rbac;
    const resources = new Set<string>();
    const verbs = new Set<string>();
    for (const rule of picture.table("rules").values()) {
      for (const name of rule.resources) if (name !== "*") resources.add(name);
      for (const url of rule.urls) resources.add(url);
      for (const verb of rule.verbs) if (verb !== "*") verbs.add(verb);
    }
    const namespaces = new Set<string>();
    for (const row of picture.table("bindings").values()) if (row.namespace) namespaces.add(row.namespace);
    for (const pod of this.viewer.pictures.nodes.table("pods").values()) namespaces.add(pod.namespace);
    const subjects = [...picture.table("subjects").values()]
      .sort((a, b) => Number(a.is_system) - Number(b.is_system) || (a.name < b.name ? -1 : 1))
      .map((row) => (row.namespace ? `${row.namespace}/${row.name}` : row.name));
    return {
      verbs: [...verbs].sort(),
      resources: [...resources].sort(),
      namespaces: [...namespaces].sort(),
      subjects,
    };
  }

  private choose(card: Card): void {
    if (card.fold) {
      this.open = new Set([...this.open, card.fold]);
      return;
    }
    if (card.column === 0)
      this.putQuestion(
        `what can ${card.id.replace(":", " ").toLowerCase().startsWith("serviceaccount") ? `service account ${bareName(card.id)}` : `${card.id.slice(0, card.id.indexOf(":")).toLowerCase()} ${bareName(card.id)}`} do?`,
      );
    else if (card.column === 3) this.putQuestion(questionFor(card));
    else this.select(refOf(card.id));
  }

  private type(event: Event): void {
    this.typed = (event.target as HTMLInputElement).value;
  }

  private submit(event: SubmitEvent): void {
    event.preventDefault();
    this.putQuestion((this.typed ?? this.ask).trim());
  }

  private putQuestion(text: string): void {
    this.typed = undefined;
    this.tell("ask", text);
  }

  private tell(name: string, value: unknown): void {
    this.dispatchEvent(new CustomEvent("bar", { detail: { name, value }, bubbles: true }));
  }
}

function drawLink(
  link: Link,
  places: ReadonlyMap<string, { x: number; y: number; width: number }>,
  isMet: boolean,
): TemplateResult {
  const from = places.get(link.from);
  const to = places.get(link.to);
  if (!from || !to) return svg``;
  const [x1, y1, x2, y2] = [from.x + from.width, from.y + HEIGHT / 2, to.x, to.y + HEIGHT / 2];
  const middle = (x1 + x2) / 2;
  return svg`<path class="rlink hue-${link.hue} ${link.isLit ? "lit" : ""} ${link.isMember ? "member" : ""} ${isMet ? "" : "unmet"}" d="M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}"></path>`;
}

function drawChange(change: RbacChange): TemplateResult {
  const who = change.subject.replace(/^(User|Group):/, "").replace(":", " ");
  const more = (shown: number, all: readonly string[]) =>
    all.length > shown ? ` and ${all.length - shown} more` : "";
  return html`
    ${change.gains.length ? html`<p class="gain"><b>+ ${who}</b> ${change.gains.slice(0, 2).join("; ")}${more(2, change.gains)}</p>` : nothing}
    ${change.losses.length ? html`<p class="loss"><b>− ${who}</b> ${change.losses.slice(0, 2).join("; ")}${more(2, change.losses)}</p>` : nothing}
  `;
}

function questionFor(card: Card): string {
  if (card.name.startsWith("/")) return `who can get ${card.name}`;
  const verb = card.said.split(" ")[0] ?? "get";
  const key = card.id.slice("allow:".length);
  const resource = key === "everything" || key.startsWith("all resources") ? "*" : key;
  return `who can ${verb === "any" ? "*" : verb} ${resource} anywhere?`;
}

customElements.define("orrery-rbac", RbacElement);
