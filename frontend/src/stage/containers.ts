/** The inspector's part “Containers”: a Pod's containers in the order in which they start, with their probes. */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { ago, clockSeconds, count, duration, exact } from "../model/format";
import type { ContainersReply, Viewer } from "../model/viewer";
import type { BackOff, ConditionFacts, ContainerFacts, Ending, PodFacts, ProbeFacts } from "../wire";
import { StageElement } from "./element";
import { drawMachine, drawState, drawStrip } from "./machine";

/** While playing it is asked again at most this often. */
const PAUSE_MS = 250;

const ROLES: Readonly<Record<ContainerFacts["role"], string>> = {
  init: "init",
  sidecar: "native sidecar",
  main: "",
  ephemeral: "ephemeral",
};

export class ContainersElement extends StageElement {
  static override properties = {
    viewer: { attribute: false },
    pod: { attribute: false },
    version: { attribute: false },
    seq: { attribute: false },
    reply: { state: true },
  };
  declare viewer: Viewer;
  /** The Pod, as `resource:key`. */
  declare pod: string;
  declare version: number | undefined;
  /** Where the viewer stands: when it moves, the question is asked anew. */
  declare seq: number | undefined;
  declare reply: ContainersReply | undefined;
  private asked = "";
  private isAsking = false;
  private timer: number | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.clearTimeout(this.timer);
    this.timer = undefined;
    this.asked = "";
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has("pod") || changed.has("version")) this.reply = undefined;
    void this.follow();
  }

  /** Ask what is to be shown, one question at a time. */
  private async follow(): Promise<void> {
    if (this.isAsking || this.timer !== undefined || this.viewer.status !== "open") return;
    const question = `${this.pod} ${this.version ?? ""} ${this.version === undefined ? this.seq : ""}`;
    if (question === this.asked) return;
    this.asked = question;
    this.isAsking = true;
    const [pod, version] = [this.pod, this.version];
    const reply = await this.viewer.askContainers(pod, version);
    this.isAsking = false;
    if (!this.isConnected) return;
    if (pod === this.pod && version === this.version) this.reply = reply;
    const wait = this.viewer.place?.mode === "playing" ? PAUSE_MS : 0;
    this.timer = window.setTimeout(() => {
      this.timer = undefined;
      void this.follow();
    }, wait);
  }

  protected override render(): TemplateResult {
    if (this.reply === undefined) return html`<p role="status">Reading its containers from the log…</p>`;
    if ("problem" in this.reply) return html`<p role="status">${this.reply.problem}</p>`;
    const { pod } = this.reply;
    return html`
      <p class="why" role="status"><span class=${pod.isReady ? "tone-ok" : "tone-warn"} aria-hidden="true">${pod.isReady ? "●" : "▲"}</span> ${pod.why}</p>
      ${drawDeletion(pod)}
      ${drawConditions(pod)}
      ${this.drawServices(pod)}
      <h3>In the order in which they start</h3>
      <ol class="lanes">${pod.containers.map((container) => drawLane(container, pod))}</ol>
      <p class="hint">restartPolicy <b>${pod.restartPolicy}</b>: ${pod.restartWords}.</p>
    `;
  }

  private drawServices(pod: PodFacts): TemplateResult {
    if (pod.services.length === 0)
      return html`<p class="hint">No EndpointSlice lists it, so no Service leads to it.</p>`;
    return html`<ul class="services">${pod.services.map(
      ({ service, isReady, isServing, isTerminating }) => html`<li>
        <span class=${isReady ? "tone-ok" : "tone-warn"}><span aria-hidden="true">${isReady ? "●" : "▲"}</span>
        ${isTerminating ? (isServing ? "terminating, serves still" : "terminating") : isReady ? "ready" : "not ready"}</span>
        in the EndpointSlices of <button class="link" @click=${() => this.select(`v1/services:${service}`)}>${service.split("/").at(-1)}</button></li>`,
    )}</ul>`;
  }
}

function drawDeletion({ deletion, ts }: PodFacts): TemplateResult | typeof nothing {
  if (!deletion) return nothing;
  const left = deletion.at === null ? undefined : deletion.at - ts;
  return html`<div class="evidence deletion"><b>It is being deleted.</b>
    ${left !== undefined && left > 0 ? html`Its grace period ends in ${duration(left)}.` : nothing}
    ${deletion.words.join(" ")}</div>`;
}

function drawConditions({ conditions, ts }: PodFacts): TemplateResult {
  return html`<ol class="conditions" aria-label="Conditions, in the order in which they come true">${conditions.map(
    (condition) => {
      const [sign, tone, said] = signOf(condition);
      const since = condition.since === null ? "" : ago(condition.since, ts);
      const why = [condition.reason, condition.message].filter(Boolean).join(": ");
      return html`<li><span class="tone-${tone}" aria-hidden="true">${sign}</span>
        <span title=${[condition.words, why].filter(Boolean).join(". ")}>${condition.type}<span class="visually-hidden"> ${said}: ${condition.words}</span>${
          condition.status === "True" ? nothing : html` <small>${condition.reason || condition.words}</small>`
        }</span>
        <small class="when" title=${condition.since === null ? "" : exact(condition.since)}>${since}</small></li>`;
    },
  )}</ol>`;
}

function signOf({ status }: ConditionFacts): readonly [string, string, string] {
  if (status === "True") return ["●", "ok", "is true"];
  if (status === "False") return ["✕", "warn", "is false"];
  return ["○", "idle", status === "" ? "is not told yet" : "is unknown"];
}

function drawLane(container: ContainerFacts, pod: PodFacts): TemplateResult {
  const { role, looksLike } = container;
  const tone = toneOf(container);
  return html`<li class="lane role-${role}" aria-label="Container ${container.name}">
    <span class="place" aria-hidden="true">${role === "ephemeral" ? "+" : container.place}</span>
    <div class="lane-head">
      <h4>${container.name}</h4>
      ${ROLES[role] ? html`<span class="role">${ROLES[role]}</span>` : nothing}
      ${container.restarts > 0 ? html`<span class="restarts" title="${count(container.restarts, "restart")}">↻ ${container.restarts}<span class="visually-hidden"> restarts</span></span>` : nothing}
    </div>
    <div class="lane-state"><span class="tone-${tone}"><span aria-hidden="true">${{ ok: "●", warn: "▲", bad: "✕", idle: "○" }[tone]}</span> ${container.words}</span>
      ${container.phase === "running" && container.since !== null ? html`<small title=${exact(container.since)}>since ${clockSeconds(container.since)}</small>` : nothing}
      ${container.waitsFor ? html`<small>· waits for ${container.waitsFor}</small>` : nothing}</div>
    <code class="image" title=${container.image}>${container.image}</code>
    ${container.message ? html`<p class="said">${container.message}</p>` : nothing}
    ${container.target ? html`<p>Joins the processes of <b>${container.target}</b>.</p>` : nothing}
    ${container.ending && container.phase !== "terminated" ? drawEnding(container.ending, pod.ts) : nothing}
    ${container.backOff ? drawBackOff(container.backOff, pod.ts) : nothing}
    ${container.hooks.map((hook) => html`<p class="hook">${hook}</p>`)}
    ${looksLike ? html`<div class="evidence guessed"><b>guessed</b> · looks like ${looksLike.name}, which ${looksLike.does}. ${looksLike.why}</div>` : nothing}
    ${container.probes.map((probe) => drawProbe(probe, pod.ts))}
    ${container.probes.length === 0 && (role === "main" || role === "sidecar") ? drawNoProbes(container) : nothing}
  </li>`;
}

function toneOf({
  phase,
  isReady,
  role,
  ending,
  backOff,
  reason,
}: ContainerFacts): "ok" | "warn" | "bad" | "idle" {
  if (phase === "running") return isReady || role === "ephemeral" || role === "init" ? "ok" : "warn";
  if (phase === "terminated") return ending?.exitCode === 0 ? "idle" : "bad";
  if (backOff || /^(Err|Image|Invalid|Create|RunContainer)/.test(reason)) return "bad";
  return "idle";
}

function drawNoProbes({ restartWords, role }: ContainerFacts): TemplateResult {
  const ready =
    role === "main"
      ? "It counts as ready as soon as it runs, and "
      : "It counts as started as soon as it runs, and ";
  return html`<p class="hint">No probes. ${ready}${restartWords}.</p>`;
}

function drawEnding(ending: Ending, now: number): TemplateResult {
  const ran =
    ending.started !== null && ending.finished !== null
      ? `, after ${duration(ending.finished - ending.started)}`
      : "";
  const when = ending.finished === null ? "" : ` ${ago(ending.finished, now)}`;
  return html`<p>The run before ended${when}${ran}: ${ending.words}${ending.reason && ending.reason !== "Completed" ? ` (${ending.reason})` : ""}.</p>
    ${ending.message ? html`<p class="said">${ending.message}</p>` : nothing}`;
}

function drawBackOff(backOff: BackOff, now: number): TemplateResult {
  const left = backOff.until === null ? undefined : backOff.until - now;
  const when =
    left === undefined ? "" : left > 0 ? ` It may end in ${duration(left)}.` : " It should end any moment.";
  return html`<p>The kubelet ${backOff.words}.${when}</p>`;
}

function drawProbe(probe: ProbeFacts, now: number): TemplateResult {
  return html`<section class="probe" aria-label="${probe.kind} probe">
    <h5>${probe.kind} ${drawState(probe)}</h5>
    <code class="handler">${probe.handler}</code>
    ${drawMachine(probe)}
    <p class="words">${probe.words} <span class="outcome">${probe.outcome}</span></p>
    ${probe.lastWords ? html`<p class="said">${probe.lastFailure == null ? "" : `${ago(probe.lastFailure, now)}: `}${probe.lastWords}</p>` : nothing}
    <div class="evidence ${probe.certainty}"><b>${probe.certainty}</b> · ${probe.source}</div>
    ${drawStrip(probe)}
    <details><summary>Its numbers</summary><table><tbody>${probe.settings.map(
      ({ name, value, isDefault }) =>
        html`<tr><th scope="row">${name}</th><td>${value}${isDefault ? html` <small>the default</small>` : nothing}</td></tr>`,
    )}</tbody></table></details>
  </section>`;
}

customElements.define("orrery-containers", ContainersElement);
