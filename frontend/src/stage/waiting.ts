/** Why a pod is on no node yet: what the scheduler said, and what each node lacks. */

import { html, nothing, type TemplateResult } from "lit";
import { ago, count, parseTime } from "../model/format";
import type { NodeVerdict, ScheduleReason, Waiting } from "../wire";

/** `select` shows an object by its ref; `now` is the moment that is looked at, in unix seconds. */
export function drawWaiting(waiting: Waiting, now: number, select: (ref: string) => void): TemplateResult {
  const { gates } = waiting;
  return html`<h3>Why it waits</h3>
    ${
      gates.length > 0
        ? html`<p>▲ Held back by ${count(gates.length, "scheduling gate")}: <b>${gates.join(", ")}</b>. The scheduler looks at no node before they are taken away.</p>`
        : nothing
    }
    ${drawSaid(waiting, now, select)}
    <p>${sumUp(waiting)}</p>
    <ul class="verdicts">${waiting.verdicts.map((verdict) => drawVerdict(verdict, select))}</ul>
    ${waiting.nodes > waiting.verdicts.length ? html`<p>and ${count(waiting.nodes - waiting.verdicts.length, "more node")}</p>` : nothing}
    <div class="evidence inferred"><b>inferred</b> · what kube-scheduler’s default plugins would say of the nodes as they are at this moment</div>
    ${waiting.undecided.map((what) => html`<div class="evidence unknown"><b>not decided here</b> · ${what}</div>`)}
    ${waiting.differs.map((sentence) => html`<p class="differs">▲ ${sentence}</p>`)}`;
}

function drawSaid(waiting: Waiting, now: number, select: (ref: string) => void): TemplateResult {
  if (!waiting.event) return html`<p>The scheduler has said nothing yet.</p>`;
  const saidAt = parseTime(waiting.saidAt);
  return html`<p>The scheduler ${saidAt === undefined ? "" : ago(saidAt, now)}: ${waiting.reasons.map(
    (reason, index) => html`${index > 0 ? ", " : ""}${describe(reason)}`,
  )}.</p>
    <div class="evidence"><b>observed</b> · its Event <button class="link" @click=${() => select(waiting.event)}>FailedScheduling</button></div>`;
}

function describe(reason: ScheduleReason): TemplateResult {
  return reason.count === null ? html`${reason.text}` : html`<b>${reason.count}</b> ${reason.text}`;
}

function sumUp({ nodes, fitting }: Waiting): string {
  if (nodes === 0) return "There is no node.";
  if (fitting === 0) return `None of ${count(nodes, "node")} can take it:`;
  return `Nothing here speaks against ${fitting} of ${count(nodes, "node")}:`;
}

function drawVerdict(verdict: NodeVerdict, select: (ref: string) => void): TemplateResult {
  const blocked = verdict.plugin !== "";
  return html`<li class=${blocked ? "blocked" : "fits"}>
    <span class="sign" aria-hidden="true">${blocked ? "✕" : "✓"}</span>
    <span><button class="link" @click=${() => select(`v1/nodes:${verdict.node}`)}>${verdict.node}</button>
      ${blocked ? html`${verdict.detail} <span class="plugin" title=${verdict.reasons.join(", ")}>${verdict.plugin}</span>` : html`could take it`}</span>
  </li>`;
}
