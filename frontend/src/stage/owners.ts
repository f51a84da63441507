/** What made the pods, as trees. In a large cluster they are folded, and only what is unfolded is made. */

import { html, nothing, type TemplateResult } from "lit";
import type { OwnerBranch } from "../layout/owners";
import { describe, stateOf } from "../layout/pods";
import { count } from "../model/format";
import type { Matches } from "../model/matches";
import type { OwnerRow, PodRow } from "../wire";
import { StageElement } from "./element";
import { drawIcon } from "./pods";

const TREES_AT_MOST = 200;
const PODS_AT_MOST = 30;
const FOLDED_ABOVE_PODS = 300;

export class OwnersElement extends StageElement {
  static override properties = {
    trees: { attribute: false },
    orphans: { attribute: false },
    podCount: { attribute: false },
    selected: { attribute: false },
    met: { attribute: false },
    metVersion: { attribute: false },
    unfolded: { state: true },
  };
  declare trees: readonly OwnerBranch[];
  declare orphans: readonly PodRow[];
  declare podCount: number;
  declare selected: string;
  /** What meets the filter, and what tells that it altered; undefined without one. */
  declare met: Matches | undefined;
  declare metVersion: number | undefined;
  declare unfolded: ReadonlySet<string>;

  constructor() {
    super();
    this.unfolded = new Set();
  }

  protected override render(): TemplateResult {
    const { trees, orphans } = this;
    if (trees.length + orphans.length === 0) return html`<p>Nothing here makes pods.</p>`;
    const hidden = trees.length - TREES_AT_MOST;
    return html`<ul class="owner-tree">${trees.slice(0, TREES_AT_MOST).map((tree) => this.drawBranch(tree))}
        ${orphans.length > 0 ? html`<li><span class="kind">no owner, or one that is gone</span><ul>${this.drawPods(orphans)}</ul></li>` : nothing}</ul>
      ${hidden > 0 ? html`<p>${count(hidden, "more owner")}: choose a namespace, or see the table.</p>` : nothing}`;
  }

  /** What an owner made is in the owner's namespace, so that only the topmost tells it. */
  private drawBranch(branch: OwnerBranch, namespace = branch.owner.namespace): TemplateResult {
    const { owner } = branch;
    const isFoldable = this.podCount > FOLDED_ABOVE_PODS && branch.children.length + branch.pods.length > 0;
    const isOpen = !isFoldable || this.unfolded.has(owner.id);
    return html`<li>
      <div class="owner ${this.isMet(branch) ? "" : "unmet"}">${isFoldable ? this.drawFold(owner, isOpen) : nothing}<button @click=${() => this.select(owner.id)} aria-pressed=${this.selected === owner.id}>
        <span class="kind">${owner.kind}</span> <b>${owner.name}</b>
        <span class="kind">${namespace}</span> ${drawReady(owner)}
      </button></div>
      ${isOpen ? html`<ul>${branch.children.map((child) => this.drawBranch(child, ""))}${this.drawPods(branch.pods)}</ul>` : nothing}
    </li>`;
  }

  /** Whether the owner meets the filter, or something that it made does. */
  private isMet({ owner, children, pods }: OwnerBranch): boolean {
    if (!this.met || this.met.has(owner.id)) return true;
    return pods.some((pod) => this.isPodMet(pod)) || children.some((child) => this.isMet(child));
  }

  private isPodMet(pod: PodRow): boolean {
    return this.met?.of("v1/pods").has(pod.id) ?? true;
  }

  private drawFold(owner: OwnerRow, isOpen: boolean): TemplateResult {
    const label = `${isOpen ? "Hide" : "Show"} what ${owner.kind} ${owner.name} made`;
    return html`<button class="fold" aria-expanded=${isOpen} aria-label=${label} @click=${() => this.toggle(owner.id)}>${isOpen ? "▾" : "▸"}</button>`;
  }

  private toggle(id: string): void {
    const unfolded = new Set(this.unfolded);
    if (!unfolded.delete(id)) unfolded.add(id);
    this.unfolded = unfolded;
  }

  private drawPods(pods: readonly PodRow[]): TemplateResult {
    const hidden = pods.length - PODS_AT_MOST;
    return html`${pods.slice(0, PODS_AT_MOST).map((pod) => this.drawPod(pod))}
      ${hidden > 0 ? html`<li class="kind">and ${count(hidden, "more pod")}</li>` : nothing}`;
  }

  private drawPod(pod: PodRow): TemplateResult {
    const restarts = pod.restarts ? ` · ${count(pod.restarts, "restart")}` : "";
    return html`<li class=${this.isPodMet(pod) ? "" : "unmet"}><button @click=${() => this.select(`v1/pods:${pod.id}`)} title=${describe(pod)}>
      ${drawIcon(stateOf(pod))}
      ${pod.name} <span class="kind">${pod.status}${restarts} · ${pod.node || "no node"}</span>
    </button></li>`;
  }
}

function drawReady(owner: OwnerRow): TemplateResult | typeof nothing {
  if (owner.wanted === null) return nothing;
  const ready = owner.ready ?? 0;
  const full = ready >= owner.wanted;
  return html`<span class=${full ? "full" : "short"}>${full ? "●" : "◐"} ${ready} of ${owner.wanted} ready</span>`;
}

customElements.define("orrery-owners", OwnersElement);
