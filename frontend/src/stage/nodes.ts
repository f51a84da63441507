/** The nodes diagram: pods on nodes, and what made them. Trays for some nodes, one painted map for many. */

import { html, nothing, svg, type TemplateResult } from "lit";
import { findOrphans, growOwners, type OwnerBranch } from "../layout/owners";
import { countStates, describe, groupByNode, STATE_WORDS, stateOf, UNSCHEDULED } from "../layout/pods";
import { SlotKeeper, type Slots } from "../layout/slots";
import { count } from "../model/format";
import type { Viewer } from "../model/viewer";
import type { NodeRow, OwnerRow, PodRow } from "../wire";
import { StageElement } from "./element";
import "./map";
import { drawPod, POD } from "./pods";
import { drawTray } from "./tray";

const TRAYS_AT_MOST = 40;
const OWNERS_AT_MOST = 200;
const TRAY_WIDTH = 272;

interface Arrangement {
  readonly version: number;
  readonly namespace: string;
  readonly nodes: readonly NodeRow[];
  readonly pods: ReadonlyMap<string, readonly PodRow[]>;
  readonly slots: ReadonlyMap<string, Slots>;
  readonly waiting: readonly PodRow[];
  readonly shown: readonly PodRow[];
  readonly trees: readonly OwnerBranch[];
  readonly orphans: readonly PodRow[];
}

export class NodesElement extends StageElement {
  static override properties = {
    viewer: { attribute: false },
    namespace: { attribute: false },
    selected: { attribute: false },
    tick: { attribute: false },
  };
  declare viewer: Viewer;
  declare namespace: string;
  declare selected: string;
  declare tick: number;
  private readonly slots = new SlotKeeper();
  private arrangement: Arrangement | undefined;

  /** Everything that is sorted and grouped, kept until the picture or the namespace alters: drawing comes more often. */
  private arrange(): Arrangement {
    const picture = this.viewer.pictures.nodes;
    const known = this.arrangement;
    if (known && known.version === picture.version && known.namespace === this.namespace) return known;
    const nodes = [...picture.table("nodes").values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    const pods = groupByNode(picture.table("pods").values(), this.namespace);
    const slots = this.slots.assign(
      new Map([...pods].map(([node, rows]) => [node, rows.map((pod) => pod.id)])),
    );
    const waiting = pods.get(UNSCHEDULED) ?? [];
    const all = picture.table("pods");
    const owners = picture.table("owners");
    this.arrangement = {
      version: picture.version,
      namespace: this.namespace,
      nodes,
      pods,
      slots,
      waiting,
      shown: [...pods.values()].flat(),
      trees: growOwners(owners, all.values(), this.namespace),
      orphans: findOrphans(owners, all.values(), this.namespace),
    };
    return this.arrangement;
  }

  protected override render(): TemplateResult {
    const { nodes, pods, slots, waiting, shown } = this.arrange();
    return html`
      <header>${this.drawLegend(shown)}</header>
      ${waiting.length > 0 ? this.drawWaiting(waiting) : nothing}
      <h2>${count(nodes.length, "node")}, ${count(shown.length, "pod")}</h2>
      ${
        nodes.length > TRAYS_AT_MOST
          ? html`<orrery-map .nodes=${nodes} .pods=${pods} .slots=${slots}></orrery-map>`
          : html`<div class="trays">
              ${nodes.map((node) => {
                const rows = pods.get(node.id) ?? [];
                const own = slots.get(node.id) ?? new Map<string, number>();
                const last = Math.max(0, ...own.values());
                const perRow = Math.floor((TRAY_WIDTH - 24) / POD.step);
                const height = 116 + Math.max(0, Math.floor(last / perRow) - 1) * POD.step;
                return html`<svg width=${TRAY_WIDTH} height=${height}>
                  ${drawTray({
                    node,
                    pods: rows,
                    slots: own,
                    x: 0,
                    y: 0,
                    width: TRAY_WIDTH,
                    height,
                    isAwake: this.selected === `v1/nodes:${node.id}`,
                    selected: this.selected,
                    select: (ref) => this.select(ref),
                  })}
                </svg>`;
              })}
            </div>`
      }
      <h2>What made them</h2>
      ${this.drawOwners()}
    `;
  }

  private drawLegend(pods: readonly PodRow[]): TemplateResult {
    const counts = countStates(pods);
    const shown = new Map<string, PodRow>();
    for (const pod of pods) if (!shown.has(stateOf(pod))) shown.set(stateOf(pod), { ...pod, restarts: 0 });
    return html`<div class="legend">
      ${[...counts].map(([state, number]) => {
        const sample = shown.get(state);
        return html`<span aria-hidden="true">
          <svg width="15" height="15"><g class="pod ${state}"><rect width="15" height="15" rx="3.5"></rect></g>${sample ? svgSign(state) : nothing}</svg>
        </span><span>${number.toLocaleString("en")} ${STATE_WORDS[state]}</span>`;
      })}
    </div>`;
  }

  private drawWaiting(waiting: readonly PodRow[]): TemplateResult {
    return html`<h2>On no node yet: ${count(waiting.length, "pod")}</h2>
      <svg width="100%" height="18" role="group" aria-label="on no node yet, ${count(waiting.length, "pod")}" data-node="">
        ${waiting
          .slice(0, 40)
          .map((pod, index) =>
            drawPod(pod, index * POD.step, 1, this.selected === `v1/pods:${pod.id}`, () =>
              this.select(`v1/pods:${pod.id}`),
            ),
          )}
      </svg>`;
  }

  private drawOwners(): TemplateResult {
    const { trees, orphans } = this.arrange();
    if (trees.length + orphans.length === 0) return html`<p>Nothing here makes pods.</p>`;
    const hidden = trees.length - OWNERS_AT_MOST;
    return html`<ul class="owner-tree">${trees.slice(0, OWNERS_AT_MOST).map((tree) => this.drawBranch(tree))}
        ${orphans.length > 0 ? html`<li><span class="kind">no owner, or one that is gone</span><ul>${orphans.slice(0, 30).map((pod) => this.drawLeaf(pod))}</ul></li>` : nothing}</ul>
      ${hidden > 0 ? html`<p>${count(hidden, "more owner")}: choose a namespace, or see the table.</p>` : nothing}`;
  }

  private drawLeaf(pod: PodRow): TemplateResult {
    const state = stateOf(pod);
    const restarts = pod.restarts ? ` · ${count(pod.restarts, "restart")}` : "";
    return html`<li><button @click=${() => this.select(`v1/pods:${pod.id}`)} title=${describe(pod)}>
      <svg width="15" height="15" aria-hidden="true"><g class="pod ${state}"><rect width="15" height="15" rx="3.5"></rect></g>${svgSign(state)}</svg>
      ${pod.name} <span class="kind">${pod.status}${restarts} · ${pod.node || "no node"}</span>
    </button></li>`;
  }

  private drawBranch(branch: OwnerBranch): TemplateResult {
    const { owner } = branch;
    return html`<li>
      <button @click=${() => this.select(owner.id)} aria-pressed=${this.selected === owner.id}>
        <span class="kind">${owner.kind}</span> <b>${owner.name}</b>
        <span class="kind">${owner.namespace}</span> ${drawReady(owner)}
      </button>
      <ul>
        ${branch.children.map((child) => this.drawBranch(child))}
        ${branch.pods.slice(0, 30).map((pod) => this.drawLeaf(pod))}
        ${branch.pods.length > 30 ? html`<li class="kind">and ${count(branch.pods.length - 30, "more pod")}</li>` : nothing}
      </ul>
    </li>`;
  }
}

function drawReady(owner: OwnerRow): TemplateResult | typeof nothing {
  if (owner.wanted === null) return nothing;
  const ready = owner.ready ?? 0;
  const full = ready >= owner.wanted;
  return html`<span class=${full ? "full" : "short"}>${full ? "●" : "◐"} ${ready} of ${owner.wanted} ready</span>`;
}

function svgSign(state: string): TemplateResult | typeof nothing {
  const signs: Record<string, string> = {
    unready: "M4 7.5h7",
    failed: "M4 4l7 7m0-7l-7 7",
    done: "M4 8l2.5 3l5-7",
    leaving: "M5 5v5m5-5v5",
  };
  const path = signs[state];
  return path
    ? (svg`<g class="pod ${state}"><path d=${path}></path></g>` as unknown as TemplateResult)
    : nothing;
}

customElements.define("orrery-nodes", NodesElement);
