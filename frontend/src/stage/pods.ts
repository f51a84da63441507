/** Pods as small squares: a colour and a sign for each state. */

import { html, type SVGTemplateResult, svg, type TemplateResult } from "lit";
import type { Paint } from "../layout/paints";
import { describe, type PodState, stateOf } from "../layout/pods";
import type { PodRow } from "../wire";
import { onActivate } from "./element";

export const POD = { size: 15, step: 20, perRow: 11 } as const;

export const SIGNS: Readonly<Record<PodState, string>> = {
  ready: "",
  starting: "",
  unready: "M4 7.5h7",
  failed: "M4 4l7 7m0-7l-7 7",
  done: "M4 8l2.5 3l5-7",
  leaving: "M5 5v5m5-5v5",
};

/** A pod in the colours of its state, with its restarts. */
export function drawPod(
  pod: PodRow,
  x: number,
  y: number,
  selected: boolean,
  select: () => void,
): SVGTemplateResult {
  const state = stateOf(pod);
  const label = describe(pod);
  return svg`<g class="pod ${state} ${selected ? "selected" : ""}" transform="translate(${x} ${y})" role="button"
      tabindex="0" aria-label="Pod ${label}" data-pod=${pod.id} @click=${select} @keydown=${onActivate(select)}>
    <title>${label}</title>
    <rect width=${POD.size} height=${POD.size} rx="3.5"></rect>
    ${SIGNS[state] ? svg`<path d=${SIGNS[state]}></path>` : ""}
    ${pod.restarts > 0 ? svg`<text x="7.5" y="11.5" font-size="9" text-anchor="middle">${pod.restarts > 9 ? "9+" : pod.restarts}</text>` : ""}
  </g>`;
}

/** A pod whose colour tells what somebody chose. */
export function drawPainted(
  pod: PodRow,
  paint: Paint,
  place: { readonly x: number; readonly y: number; readonly isFaded: boolean; readonly isSelected: boolean },
  select: () => void,
): SVGTemplateResult {
  const label = describe(pod);
  const text = paint.state && pod.restarts > 0 ? (pod.restarts > 9 ? "9+" : pod.restarts) : paint.text;
  const classes = `pod ${paint.state ?? "painted"} ${place.isFaded ? "faded" : ""} ${place.isSelected ? "selected" : ""}`;
  return svg`<g class=${classes} transform="translate(${place.x} ${place.y})" role="button" tabindex="0"
      aria-label="Pod ${label}" data-pod=${pod.id} @click=${select} @keydown=${onActivate(select)}>
    <title>${label}</title>
    ${drawSquare(paint)}
    ${text ? svg`<text x="7.5" y="11.2" font-size=${String(text).length > 1 ? 8 : 9.5} text-anchor="middle">${text}</text>` : ""}
  </g>`;
}

/** An entry of a legend as a pod would be drawn. */
export function drawSwatch(paint: Paint): TemplateResult {
  return html`<svg width=${POD.size} height=${POD.size} aria-hidden="true">${svg`<g class="pod ${paint.state ?? "painted"}">
    ${drawSquare(paint)}${paint.text ? svg`<text x="7.5" y="11.2" font-size=${paint.text.length > 1 ? 8 : 9.5} text-anchor="middle">${paint.text}</text>` : ""}
  </g>`}</svg>`;
}

function drawSquare({ state, colour }: Paint): SVGTemplateResult {
  if (!state)
    return svg`<rect width=${POD.size} height=${POD.size} rx="3.5" fill=${colour} stroke=${colour}></rect>`;
  return svg`<rect width=${POD.size} height=${POD.size} rx="3.5"></rect>${SIGNS[state] ? svg`<path d=${SIGNS[state]}></path>` : ""}`;
}

/** A pod's square alone, for beside a text that says what it means. */
export function drawIcon(state: PodState): TemplateResult {
  return html`<svg width=${POD.size} height=${POD.size} aria-hidden="true">${svg`<g class="pod ${state}">
    <rect width=${POD.size} height=${POD.size} rx="3.5"></rect>${SIGNS[state] ? svg`<path d=${SIGNS[state]}></path>` : ""}
  </g>`}</svg>`;
}
