/** The nodes diagram: pods on nodes, and what made them. Trays for some nodes, one painted map for many. */

import { html, nothing, type TemplateResult } from "lit";
import { findOrphans, growOwners, type OwnerBranch } from "../layout/owners";
import { countStates, groupByNode, STATE_WORDS, UNSCHEDULED } from "../layout/pods";
import { SlotKeeper, type Slots } from "../layout/slots";
import { count } from "../model/format";
import type { Viewer } from "../model/viewer";
import type { NodeRow, PodRow } from "../wire";
import { StageElement } from "./element";
import "./map";
import "./owners";
import { drawIcon, drawPod, POD } from "./pods";
import { drawTray } from "./tray";

const TRAYS_AT_MOST = 40;
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
    const { nodes, pods, slots, waiting, shown, trees, orphans } = this.arrange();
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
                    isWoken: false,
                    hasProxy: false,
                    isMet: (ref) => this.viewer.matches?.has(ref) ?? true,
                    selected: this.selected,
                    select: (ref) => this.select(ref),
                  })}
                </svg>`;
              })}
            </div>`
      }
      <h2>What made them</h2>
      <orrery-owners .trees=${trees} .orphans=${orphans} .podCount=${shown.length} .selected=${this.selected}></orrery-owners>
    `;
  }

  private drawLegend(pods: readonly PodRow[]): TemplateResult {
    return html`<div class="legend">
      ${[...countStates(pods)].map(
        ([state, number]) =>
          html`<span>${drawIcon(state)}</span><span>${number.toLocaleString("en")} ${STATE_WORDS[state]}</span>`,
      )}
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
}

customElements.define("orrery-nodes", NodesElement);
