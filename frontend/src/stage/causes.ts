/** What set a write off, and what it woke: for the inspector. */

import { html, nothing, type TemplateResult } from "lit";
import { actorOf, nameOf } from "../layout/waterfall";
import { count, lag } from "../model/format";
import type { TraceLook } from "../model/traces";
import type { TracedWrite, Tree, WriteRow } from "../wire";
import { causeWords } from "./rules";

type Select = (ref: string, seq: number) => void;

const SHOWN = 6;

/** `row` is the write as the diagram has it, while it is one of the latest: it tells who watches such writes. */
export function drawCauses(
  look: TraceLook,
  seq: number,
  row: WriteRow | undefined,
  select: Select,
): TemplateResult {
  if (look.kind === "problem")
    return html`<h3>What set it off</h3><p>${row?.routine ? "It is routine: it only says that all goes on." : look.text}</p>${drawWoken([], row, select)}`;
  if (look.kind === "asked") return html`<h3>What set it off</h3><p role="status">Reading the trace…</p>`;
  const { tree } = look;
  const write = tree.writes.find((each) => each.seq === seq);
  if (!write) return html``;
  const effects = tree.writes.filter((each) => each.parent === seq);
  return html`<h3>What set it off</h3>${drawCause(tree, write, select)}${drawWoken(effects, row, select)}`;
}

function drawCause(tree: Tree, write: TracedWrite, select: Select): TemplateResult {
  const cause = tree.writes.find((each) => each.seq === write.parent);
  const why = html`<div class="evidence ${write.certainty}"><b>${write.certainty}</b> · ${causeWords(tree, write)}${
    write.among > 1 ? html`; any of ${write.among} writes may have been it` : nothing
  }</div>`;
  if (!cause) return html`<p>Nothing here: it is where the trace begins.</p>${why}`;
  return html`<p>${drawLink(cause, select)} by <span class="who hue-${actorOf(cause.component)}">${nameOf(cause.component)}</span>, ${lag(write.lagS)} earlier.</p>${why}`;
}

function drawWoken(
  effects: readonly TracedWrite[],
  row: WriteRow | undefined,
  select: Select,
): TemplateResult {
  const watchers = row?.wakes ?? [];
  if (effects.length === 0 && watchers.length === 0) return html``;
  const hidden = effects.length - SHOWN;
  return html`<h3>What it woke</h3>
    ${
      effects.length > 0
        ? html`<ul class="effects">${effects
            .slice(0, SHOWN)
            .map(
              (effect) =>
                html`<li><span class="when">${lag(effect.lagS)}</span> <span class="who hue-${actorOf(effect.component)}">${nameOf(effect.component)}</span> ${drawLink(effect, select)}</li>`,
            )}</ul>${hidden > 0 ? html`<p>and ${count(hidden, "more write")}: see the trace</p>` : nothing}`
        : html`<p>Nobody has written because of it up to this moment.</p>`
    }
    ${
      watchers.length > 0
        ? html`<details class="watchers"><summary>${count(watchers.length, "component")} ${watchers.length === 1 ? "watches" : "watch"} such writes</summary>
          <p>${watchers.map((component, index) => html`${index > 0 ? " · " : ""}<span class="who hue-${actorOf(component)}">${tellWatcher(component)}</span>`)}</p></details>`
        : nothing
    }`;
}

function drawLink(write: TracedWrite, select: Select): TemplateResult {
  return html`<button class="link" @click=${() => select(write.ref, write.seq)}>${write.text}</button>`;
}

/** `*` in the place of a node is every node’s. */
function tellWatcher(component: string): string {
  if (component === "kubelet:*") return "every kubelet";
  return component === "proxy:*" ? "every kube-proxy" : nameOf(component);
}
