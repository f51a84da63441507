/** How a live cluster is being read: what of it is not, and what that costs it. */

import { html, nothing, type TemplateResult } from "lit";
import { type Cluster, problemOf, rate, standing, standingWords, troubled } from "../model/clusters";
import { count } from "../model/format";

/** For the inspector: everything about the reading of this cluster. */
export function drawReading(cluster: Cluster): TemplateResult {
  return html`<h3>How it is read</h3>
    ${drawWords(cluster)}
    ${cluster.objects ? drawObjects(cluster.objects) : nothing}
    ${drawTroubled(cluster)}
    ${cluster.cost ? drawCost(cluster.cost) : nothing}
    <p><kbd>r</kbd> keeps a stretch of it as a recording.</p>`;
}

/** A line over the picture, where it is not all live: what is missing must not be taken for what is not there. */
export function drawStanding(cluster: Cluster): TemplateResult | typeof nothing {
  const stands = standing(cluster);
  if (stands === "live") return nothing;
  const names = troubled(cluster).map(({ resource }) => resource);
  const words = {
    partly: `Not watched, and not up to date here: ${names.slice(0, 4).join(", ")}${names.length > 4 ? ` and ${names.length - 4} more` : ""}.`,
    beginning: "The cluster is being read for the first time; the picture is not complete yet.",
    broken: `The cluster is not followed at this moment: ${problemOf(cluster)}. The picture stands still.`,
  }[stands];
  return html`<div class="banner" role="status">${words}</div>`;
}

export function drawWords(cluster: Cluster): TemplateResult {
  const problem = problemOf(cluster);
  return html`<p><b>${standingWords(cluster)}</b>${problem ? html`: ${problem}` : nothing}</p>
    ${cluster.is_polled ? html`<p class="evidence inferred"><b>inferred</b> · It is not watched: what happens is what differs between two lists, some time between them, and perhaps more than that.</p>` : nothing}`;
}

export function drawObjects(objects: NonNullable<Cluster["objects"]>): TemplateResult {
  return html`<p>${objects.nodes_ready} of ${count(objects.nodes, "node")} ready ·
    ${objects.pods_ready.toLocaleString("en")} of ${count(objects.pods, "pod")} ready · ${count(objects.all, "object")}</p>`;
}

export function drawTroubled(cluster: Cluster): TemplateResult {
  const names = troubled(cluster);
  const silent = Object.entries(cluster.missing);
  return html`${cluster.is_insecure ? html`<p class="bad">▲ The server’s certificate is not verified: whoever is in between can read along.</p>` : nothing}
    ${
      names.length + silent.length > 0
        ? html`<details class="troubled"><summary>▲ ${count(names.length + silent.length, "resource")} not watched</summary>
          <ul>${names.map(({ resource, phase, problem }) => html`<li><b>${resource}</b> ${phase}${problem ? `: ${problem}` : ""}</li>`)}
            ${silent.map(([group, why]) => html`<li><b>${group}</b> ${why}</li>`)}</ul></details>`
        : nothing
    }`;
}

export function drawCost(cost: NonNullable<Cluster["cost"]>): TemplateResult {
  return html`<p class="facts" title="What following this cluster costs its API server">
    ${count(cost.open_watches, "watch", "watches")} · ${cost.events_per_second.toFixed(1)} events/s · lag ${cost.lag_ms} ms · ${rate(cost.bytes_per_second)} ·
    ${count(cost.lists, "list")} and ${count(cost.requests, "request")} so far</p>`;
}
