/** The latest writes: a line for each component that wrote in the last seconds, with a mark for each write. */

import { html, nothing, svg, type TemplateResult } from "lit";
import { lanesOf } from "../layout/writes";
import { cut, duration, seenAt } from "../model/format";
import type { ComponentRow, WriteRow } from "../wire";
import { onActivate } from "./element";

export const LANE_SECONDS = 10;
const NAMES = 154;

/** `narrowed` says to what these writes are narrowed, as in ` in shop`; empty: all are here. */
export function drawLatest(
  components: ReadonlyMap<string, ComponentRow>,
  writes: readonly WriteRow[],
  now: number,
  width: number,
  narrowed: string,
  select: (ref: string, seq: number) => void,
): TemplateResult {
  const lanes = lanesOf(components, writes, now, LANE_SECONDS, 8);
  const span = width - NAMES - 8;
  return html`${lanes.length === 0 ? html`<p class="quiet">No writes${narrowed} in these ${LANE_SECONDS} seconds but lease renewals and heartbeats. Step (→) goes to the next one.</p>` : nothing}
    <svg width=${width} height=${lanes.length * 17 + 4} role="group" aria-label="The latest writes">
      ${lanes.map((lane, index) => {
        const y = index * 17;
        return svg`<text class="lane-name" x="0" y=${y + 12}>${cut(laneName(lane.component), 25)}</text>
          <line class="lane-line" x1=${NAMES} x2=${NAMES + span} y1=${y + 8.5} y2=${y + 8.5}></line>
          ${lane.marks.map(({ write, x }) => {
            const choose = () => select(write.ref, write.seq);
            return svg`<rect class="lane-mark hue-${lane.component.actor} ${write.certainty}" x=${NAMES + x * span - 2} y=${y + 3} width="5"
              height="11" rx="2" role="button" tabindex="0" aria-label="${write.text}, ${write.certainty}" @click=${choose}
              @keydown=${onActivate(choose)}><title>${write.text} · ${seenAt(write.ts, write.since)} · ${duration(now - write.ts)} ago · ${write.certainty}</title></rect>`;
          })}`;
      })}
    </svg>`;
}

function laneName(component: ComponentRow): string {
  if (component.actor === "unknown") return "unknown writer";
  return component.node ? `${component.name} ${component.node}` : component.name;
}
