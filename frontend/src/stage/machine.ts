/** Draws a probe: its machine with the present state lit, and its past as a strip. */

import { html, nothing, type SVGTemplateResult, svg, type TemplateResult } from "lit";
import {
  areDots,
  type Box,
  HEIGHT,
  layMachine,
  layStrip,
  nameOf,
  SIGNS,
  TONES,
  type Way,
  WIDTH,
} from "../layout/machine";
import { clockSeconds, count, duration } from "../model/format";
import type { ProbeFacts, Spell } from "../wire";

const STRIP = { height: 10, mark: 5 } as const;

/** The machine. Its words stand beside it, so it is hidden from readers of the page. */
export function drawMachine(probe: ProbeFacts): TemplateResult {
  const { boxes, ways } = layMachine(probe);
  return html`<svg class="machine" viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true">
    ${ways.map(drawWay)}${boxes.map((box) => drawBox(box, probe.isAtLeast))}
  </svg>`;
}

function drawWay(way: Way): SVGTemplateResult {
  const classes = `way${way.isFailure ? " failure" : ""}${way.isLit ? " lit" : ""}`;
  return svg`<g class=${classes}><path d=${way.path}></path><path d=${way.tip}></path>
    <text x=${way.labelX} y=${way.labelY}>${way.label}</text></g>`;
}

function drawBox(box: Box, isAtLeast: boolean): SVGTemplateResult {
  const middle = box.x + box.width / 2;
  const label = box.isLit && box.tone !== "idle" ? `${SIGNS[box.tone]} ${box.label}` : box.label;
  return svg`<g class="state tone-${box.tone}${box.isLit ? " lit" : ""}">
    <rect x=${box.x + 0.5} y=${box.y} width=${box.width - 1} height=${box.height} rx="7"></rect>
    <text x=${middle} y=${box.y + (box.dots ? 14 : 20)}>${label}</text>
    ${box.dots ? drawDots(box.dots, middle, box.y + 23, isAtLeast) : nothing}
  </g>`;
}

function drawDots(
  dots: NonNullable<Box["dots"]>,
  middle: number,
  y: number,
  isAtLeast: boolean,
): SVGTemplateResult {
  if (!areDots(dots.of) || (isAtLeast && dots.known > 0)) {
    const words = `${isAtLeast && dots.known > 0 ? "≥ " : ""}${dots.known} of ${dots.of}`;
    return svg`<text class="dots" x=${middle} y=${y + 4}>${words}</text>`;
  }
  const begin = middle - ((dots.of - 1) * 7) / 2;
  return svg`${Array.from(
    { length: dots.of },
    (_, index) =>
      svg`<circle class=${index < dots.known ? "known" : ""} cx=${begin + index * 7} cy=${y} r="2"></circle>`,
  )}`;
}

/** Where it stood before, up to now; its text says the same. */
export function drawStrip(probe: ProbeFacts): TemplateResult | typeof nothing {
  const spells = probe.spells ?? [];
  const [first, last] = [spells[0], spells.at(-1)];
  if (!first || !last) return nothing;
  const seconds = last.end - first.begin;
  return html`<svg class="strip" viewBox="0 0 ${WIDTH} ${STRIP.height + STRIP.mark}" role="img" aria-label="The ${probe.kind} probe before now: ${spells.map((spell) => tell(probe, spell)).join(", ")}">
      ${layStrip(spells, WIDTH).map(
        ({
          x,
          width,
          spell,
          tone,
        }) => svg`<g class="tone-${tone}"><rect x=${x} y=${STRIP.mark} width=${Math.max(1, width - 1)} height=${STRIP.height} rx="2">
          <title>${clockSeconds(spell.begin)} ${tell(probe, spell)}</title></rect>
          ${spell.failures ? svg`<path class="failed" d="M${x + 1} ${STRIP.mark - 2}h${Math.max(2, width - 3)}"></path>` : nothing}
          ${spell.isNewRun ? svg`<path class="run" d="M${x - 0.5} 0v${STRIP.height + STRIP.mark}"></path>` : nothing}</g>`,
      )}
    </svg>
    <div class="strip-times" aria-hidden="true"><span>${seconds >= 0.05 ? `${duration(seconds)} ago` : ""}</span><span>now</span></div>`;
}

function tell(probe: ProbeFacts, spell: Spell): string {
  const failed = spell.failures ? `, ${count(spell.failures, "failed probe")}` : "";
  const again = spell.isNewRun ? "started again: " : "";
  return `${again}${nameOf(probe.kind, spell.state)} for ${duration(spell.end - spell.begin)}${failed}`;
}

/** The present state, with its sign. */
export function drawState(probe: ProbeFacts): TemplateResult {
  const tone = TONES[probe.state];
  return html`<span class="tone-${tone}"><span aria-hidden="true">${SIGNS[tone]}</span> ${nameOf(probe.kind, probe.state)}</span>`;
}
