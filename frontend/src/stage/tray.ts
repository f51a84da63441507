/** One node as a tray of its pods. */

import { type SVGTemplateResult, svg } from "lit";
import { stateOf } from "../layout/pods";
import type { Slots } from "../layout/slots";
import { count, cpu, cut, memory } from "../model/format";
import type { NodeRow, PodRow } from "../wire";
import { onActivate } from "./element";
import { drawPod, POD } from "./pods";

export interface Tray {
  readonly node: NodeRow;
  readonly pods: readonly PodRow[];
  readonly slots: Slots;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Whether this object (`resource:key`) meets the filter; what does not is faded. */
  readonly isMet: (ref: string) => boolean;
  readonly isAwake: boolean;
  /** Whether its kubelet has just seen a write. */
  readonly isWoken: boolean;
  /** Whether its kube-proxy was seen at work. */
  readonly hasProxy: boolean;
  readonly selected: string;
  readonly select: (ref: string) => void;
}

export function drawTray(tray: Tray): SVGTemplateResult {
  const { node, pods } = tray;
  const perRow = Math.floor((tray.width - 24) / POD.step);
  const rows = Math.max(1, Math.floor((tray.height - 82) / POD.step) + 1);
  const room = perRow * rows;
  const shown = pods.filter((pod) => (tray.slots.get(pod.id) ?? room) < room);
  const hidden = pods.length - shown.length;
  const select = () => tray.select(`v1/nodes:${node.id}`);
  const broken = node.ready !== "True";
  const met = pods.filter((pod) => tray.isMet(`v1/pods:${pod.id}`));
  const summary =
    met.length < pods.length
      ? `${met.length} of ${count(pods.length, "pod")} by the filter`
      : summarise(node, pods);
  return svg`<g class="tray ${tray.isAwake ? "awake" : ""} ${tray.isWoken ? "woken" : ""} ${broken ? "broken" : ""}" transform="translate(${tray.x} ${tray.y})"
      role="group" aria-label="${node.id}, ${count(pods.length, "pod")}" data-node=${node.id}>
    <rect class="frame" width=${tray.width} height=${tray.height} rx="10"></rect>
    <g role="button" tabindex="0" aria-label="Node ${node.id}" @click=${select} @keydown=${onActivate(select)} cursor="pointer">
      <title>${node.id}: kubelet ${node.kubelet_version}, ${cpu(node.cpu)} CPU, ${memory(node.memory)} memory</title>
      <rect class="hit" width=${tray.width} height="48" rx="10"></rect>
      <text class="name" x="14" y="21">${cut(node.id, 22)}</text>
      <text class="said ${broken ? "bad" : ""}" x=${26 + cut(node.id, 22).length * 7.1} y="21">${health(node)}</text>
      <text class="kubelet" x="14" y="42">● kubelet ${node.kubelet_version}</text>
      ${tray.hasProxy ? svg`<text class="proxy" x=${36 + (10 + node.kubelet_version.length) * 6.1} y="42">◆ kube-proxy</text>` : ""}
    </g>
    ${shown.map((pod) => {
      const slot = tray.slots.get(pod.id) ?? 0;
      const x = 14 + (slot % perRow) * POD.step;
      const y = 54 + Math.floor(slot / perRow) * POD.step;
      const ref = `v1/pods:${pod.id}`;
      const drawn = drawPod(pod, x, y, tray.selected === ref, () => tray.select(ref));
      return svg`<g class=${tray.isMet(ref) ? "" : "unmet"}>${drawn}</g>`;
    })}
    <text class="said" x="14" y=${tray.height - 12}>${summary}${hidden > 0 ? ` · ${hidden} not drawn` : ""}</text>
  </g>`;
}

function health(node: NodeRow): string {
  const zone = node.zone ? `${node.zone} · ` : "";
  if (node.ready !== "True") return `${zone}✕ NotReady`;
  return `${zone}${node.unschedulable ? "Ready, cordoned" : "Ready"}`;
}

function summarise(node: NodeRow, pods: readonly PodRow[]): string {
  const counts = new Map<string, number>();
  for (const pod of pods) {
    const state = stateOf(pod);
    if (state !== "ready") counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  const words: Record<string, string> = {
    starting: "starting",
    unready: "not ready",
    failed: "failing",
    done: "done",
    leaving: "leaving",
  };
  const odd = [...counts].map(([state, number]) => `${number} ${words[state] ?? state}`);
  const troubles = node.troubles.length > 0 ? [node.troubles.join(", ")] : [];
  return [count(pods.length, "pod"), ...odd, ...troubles].join(", ");
}
