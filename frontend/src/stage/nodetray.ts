/** A tray of the Nodes diagram: a node or a namespace with its pods, how it stands, and how full it is. */

import { html, nothing, type SVGTemplateResult, svg, type TemplateResult } from "lit";
import type { Arrangement } from "../layout/arrangement";
import {
  type Bar,
  barsOf,
  type Fact,
  heartbeat,
  standingOf,
  taintsOf,
  troublesOf,
} from "../layout/nodefacts";
import { countStates, STATE_WORDS } from "../layout/pods";
import { type Bench, belongsToNode, type Tray } from "../layout/seats";
import { count } from "../model/format";
import type { Matches } from "../model/matches";
import type { LeaseRow, LoadRow, NodeRow } from "../wire";
import { drawPainted, POD } from "./pods";

const PER_ROW = 13;

export interface TrayView {
  readonly arrangement: Arrangement;
  readonly tray: Tray;
  readonly node: NodeRow | undefined;
  readonly load: LoadRow | undefined;
  readonly lease: LeaseRow | undefined;
  readonly now: number;
  /** What meets the filter; undefined without one. */
  readonly met: Matches | undefined;
  readonly selected: string;
  readonly select: (ref: string) => void;
}

export function drawNodeTray(view: TrayView): TemplateResult {
  const { arrangement, tray, node, selected } = view;
  const isNode = arrangement.isNode(tray.id);
  const pods = tray.own.count + tray.apart.count;
  const ref = arrangement.isByNamespace ? `v1/namespaces:${tray.id}` : node ? `v1/nodes:${tray.id}` : "";
  const met = metIn(view);
  const isMet = met === undefined || met > 0 || view.met?.has(ref);
  const classes = `node-tray ${isNode ? standingOf(node) : "ok"} ${ref && ref === selected ? "awake" : ""} ${isMet ? "" : "without-met"}`;
  return html`<article class=${classes} role="group" aria-label="${tray.id}, ${count(pods, "pod")}" data-node=${isNode ? tray.id : ""} data-tray=${tray.id}>
    ${
      ref
        ? html`<button class="node-head" aria-label="${arrangement.isByNamespace ? "Namespace" : "Node"} ${tray.id}" @click=${() => view.select(ref)}>${drawHead(view)}</button>`
        : html`<div class="node-head">${drawHead(view)}</div>`
    }
    ${drawFacts(view, isNode)}
    ${node && isNode ? html`<div class="bars">${barsOf(node, view.load).map(drawBar)}</div>` : nothing}
    ${drawBench(view, tray.own)}
    ${tray.apart.seats.length > 0 ? html`<div class="apart"><div class="said">${apartWords(tray)}</div>${drawBench(view, tray.apart)}</div>` : nothing}
    <div class="said foot">${met === undefined ? summarise(tray) : `${met} of ${count(pods, "pod")} by the filter`}</div>
  </article>`;
}

/** How many of its pods meet the filter; undefined without one. */
function metIn({ met, tray }: TrayView): number | undefined {
  const keys = met?.of("v1/pods");
  return keys && [...tray.own, ...tray.apart].filter(({ pod }) => keys.has(pod.id)).length;
}

function drawHead({ tray, node, lease, now }: TrayView): TemplateResult {
  const beat = heartbeat(lease, now);
  const where = node ? [node.roles.join(", "), node.zone, node.pool] : [];
  return html`<span class="name">${tray.id}</span>
    <span class="where">${where.filter((text) => text).join(" · ")}</span>
    ${node?.kubelet_version ? html`<span class="kubelet">● kubelet ${node.kubelet_version}</span>` : nothing}
    ${beat ? html`<span class="beat" title=${beat.title}><span aria-hidden="true">${beat.sign}</span> lease ${beat.words}</span>` : nothing}`;
}

function drawFacts({ node, lease, now }: TrayView, isNode: boolean): TemplateResult | typeof nothing {
  const facts: readonly Fact[] = node
    ? [...troublesOf(node, lease, now), ...taintsOf(node)]
    : isNode
      ? [
          {
            sign: "✕",
            words: "there is no such Node",
            title: "Pods name it, and there is no Node of this name.",
            tone: "bad",
          },
        ]
      : [];
  if (facts.length === 0) return nothing;
  return html`<ul class="node-facts">${facts.map(
    (fact) =>
      html`<li class=${fact.tone} title=${fact.title}><span aria-hidden="true">${fact.sign}</span> ${fact.words}</li>`,
  )}</ul>`;
}

function drawBar(bar: Bar): TemplateResult {
  const share = (part: number) => Math.min(100, part * 100);
  const isOver = bar.limited > 1;
  return html`<div class="bar" title=${bar.title}>
    <span>${bar.name}</span>
    <svg viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label=${bar.title} class="of-${bar.name}">
      <rect class="kept" width="100" height="8"></rect>
      <rect class="free" width=${share(bar.allocatable)} height="8"></rect>
      <rect class="asked" width=${share(bar.asked)} height="8"></rect>
      ${bar.limited > 0 ? svg`<rect class="limit" x=${share(bar.limited) - 1.2} width="1.2" height="8"></rect>` : nothing}
    </svg>
    <span class="amount">${bar.words}${isOver ? html` <span class="over" aria-hidden="true">»</span>` : nothing}</span>
  </div>`;
}

function drawBench(view: TrayView, bench: Bench): TemplateResult {
  const rows = Math.max(1, Math.ceil(bench.seats.length / PER_ROW));
  return html`<svg class="seats" width=${PER_ROW * POD.step - (POD.step - POD.size) + 2} height=${rows * POD.step}>${[...bench].map((seat) => drawSeat(view, seat))}</svg>`;
}

function drawSeat(
  { arrangement, selected, select }: TrayView,
  seat: Bench["seats"][number],
): SVGTemplateResult {
  if (!seat) return svg``;
  const { pod, index, isFaded } = seat;
  const ref = `v1/pods:${pod.id}`;
  const x = 1 + (index % PER_ROW) * POD.step;
  const y = 1 + Math.floor(index / PER_ROW) * POD.step;
  const paint = arrangement.paints[seat.paint] ?? { colour: "var(--unknown)", text: "" };
  return drawPainted(pod, paint, { x, y, isFaded, isSelected: selected === ref }, () => select(ref));
}

function apartWords(tray: Tray): string {
  let [daemons, fixed] = [0, 0];
  for (const { pod } of tray.apart) {
    if (belongsToNode(pod) === "static") fixed++;
    else daemons++;
  }
  const words = [daemons > 0 ? `${daemons} of DaemonSets` : "", fixed > 0 ? `${fixed} static` : ""];
  return words.filter((text) => text).join(", ") || "of DaemonSets, static";
}

function summarise(tray: Tray): string {
  const pods = [...tray.own, ...tray.apart].map(({ pod }) => pod);
  const odd = [...countStates(pods)].filter(([state]) => state !== "ready");
  return [count(pods.length, "pod"), ...odd.map(([state, number]) => `${number} ${STATE_WORDS[state]}`)].join(
    ", ",
  );
}
