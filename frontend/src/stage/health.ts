/** The Health page: how a live cluster is, apart from its objects. It is of the present, whatever the timeline shows. */

import { html, nothing, type TemplateResult } from "lit";
import type { Cluster } from "../model/clusters";
import { duration } from "../model/format";
import {
  type Health,
  type HealthNow,
  type Past,
  type ServerMetrics,
  SIGNS,
  shownState,
} from "../model/health";
import type { Viewer } from "../model/viewer";
import { type Point, withGaps } from "./chart";
import { StageElement } from "./element";
import { drawPanel, drawPanels, drawReadingCost } from "./panels";

export class HealthElement extends StageElement {
  static override properties = {
    viewer: { attribute: false },
    cluster: { attribute: false },
    told: { attribute: false },
    tick: { attribute: false },
  };
  declare viewer: Viewer;
  declare cluster: Cluster | undefined;
  declare told: HealthNow;
  declare tick: number;

  protected override render(): TemplateResult {
    if (this.viewer.hello?.isLive === false) return drawRecording();
    const { health, problem } = this.told;
    if (!health || !this.cluster) {
      return problem
        ? drawState("Its health cannot be told", `${problem}. Trying again…`)
        : drawState("Asking how it is…", "");
    }
    if (health.readyz.asked_ts === null && health.livez.asked_ts === null) {
      return html`${drawState(
        "It was not asked yet",
        "Its API server is asked within half a minute, here by this program itself, on a team’s server by orrery worker and orrery beat.",
      )}<div class="panels">${drawReadingCost(this.cluster)}</div>`;
    }
    const { place } = this.viewer;
    const { now } = this.told;
    const shown = shownState(health.readyz, now) === "stale" ? "stale" : health.state;
    return html`
      <header class="health-head state-${shown}">
        <h2>${this.cluster.name} <span class="sign">${SIGNS[shown]}</span></h2>
        ${drawProblems(health, now)}
        ${place && place.mode !== "live" ? html`<p class="hint">This is the cluster at present. The timeline, which stands in the past, does not move it.</p>` : nothing}
        ${problem ? html`<p class="bad" role="status">Nothing newer can be told: ${problem}.</p>` : nothing}
        ${this.cluster.is_insecure ? html`<p class="bad">▲ The server’s certificate is not verified: whoever is in between can read along.</p>` : nothing}
      </header>
      <div class="charts">${this.drawCharts(health)}</div>
      <div class="panels">${drawPanels(health, this.told)}
        ${drawReadingCost(this.cluster)}
        ${health.listing.asked_ts === null ? nothing : drawPanel("Listing", health.listing, this.told.now, (listed) => html`<p>${listed.objects.toLocaleString("en")} objects of ${listed.resources} resources; ${listed.changes} differences were logged.</p>`)}
      </div>`;
  }

  private drawCharts(health: Health): TemplateResult {
    const { metrics, livez } = this.told;
    const answers = livez.map(({ asked_ts, seconds, state }) => ({
      ts: asked_ts,
      value: state === "unreachable" ? null : seconds,
    }));
    const draw = (name: string, points: readonly Point[], period: number, words: (value: number) => string) =>
      html`<orrery-chart name=${name} .points=${withGaps(points, 3 * period)} .words=${words}></orrery-chart>`;
    const period = health.metrics.period_seconds;
    return html`
      ${draw("Answer of /livez", answers, health.livez.period_seconds, duration)}
      ${draw(
        "API server, requests/s",
        pointsOf(metrics, (told) => told.requests_per_second ?? null),
        period,
        plain,
      )}
      ${draw("etcd, slowest 99th percentile", pointsOf(metrics, slowest), period, duration)}`;
  }
}

/** What is wrong by now, before all details. */
function drawProblems(health: Health, now: number): TemplateResult | typeof nothing {
  const { livez, readyz, leaders, metrics, versions, certificates, drift, discovery } = health;
  const wrong = [readyz, livez, leaders, metrics, versions, certificates, drift, discovery]
    .filter((polled) => ["failing", "unreachable", "warning"].includes(shownState(polled, now)))
    .map(({ problem }) => problem);
  if (wrong.length === 0) return nothing;
  return html`<ul class="problems">${[...new Set(wrong)].map((problem) => html`<li>${problem}</li>`)}</ul>`;
}

function pointsOf(runs: readonly Past[], of: (told: Partial<ServerMetrics>) => number | null): Point[] {
  return runs.map(({ asked_ts, result }) => ({
    ts: asked_ts,
    value: result ? of(result as Partial<ServerMetrics>) : null,
  }));
}

function slowest(told: Partial<ServerMetrics>): number | null {
  const known = (told.etcd ?? []).filter(({ is_since_start }) => !is_since_start);
  return known.length > 0 ? Math.max(...known.map(({ p99_seconds }) => p99_seconds)) : null;
}

function plain(value: number): string {
  return value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString("en");
}

function drawRecording(): TemplateResult {
  return html`<div class="designed-state"><h2>A recording has no health</h2>
    <p>What is asked of a live cluster, such as its checks, leaders, certificates and latencies, is not part of a recording.
    Choose a live cluster above, or <a href="/clusters/add/">add one</a>.</p></div>`;
}

function drawState(title: string, words: string): TemplateResult {
  return html`<div class="designed-state" role="status"><h2>${title}</h2><p>${words}</p></div>`;
}

customElements.define("orrery-health", HealthElement);
