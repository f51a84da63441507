/** One live cluster on the first page: as a card, or as a row among many. */

import { html, nothing, svg, type TemplateResult } from "lit";
import {
  type Cluster,
  type HealthState,
  healthWords,
  problemOf,
  rate,
  standing,
  standingWords,
  troubled,
} from "../model/clusters";
import { count } from "../model/format";
import { sparkline } from "./rates";

const SPARK = { width: 120, height: 26 };

export function drawCard(cluster: Cluster, rates: readonly number[], mayAlter: boolean): TemplateResult {
  const problem = problemOf(cluster);
  return html`<li class="card-log card-cluster">
    <div class="head">
      <h3><span class="standing ${standing(cluster)}" aria-hidden="true"></span>${drawName(cluster)}</h3>
      ${mayAlter ? html`<a class="hint" href="/clusters/${cluster.slug}/" aria-label="Settings of ${cluster.name}">settings</a>` : nothing}
    </div>
    <p class="line" title=${problem}><b>${standingWords(cluster)}</b>${problem ? `: ${problem}` : nothing}</p>
    <p class="line">${drawObjects(cluster)}</p>
    <p class="line health-${tone(cluster)}" title=${healthWords(cluster)}>${healthWords(cluster)}</p>
    ${drawWarnings(cluster)}
    <div class="pace">
      <svg width=${SPARK.width} height=${SPARK.height} aria-hidden="true">${svg`<path d=${sparkline(rates, SPARK.width, SPARK.height)}></path>`}</svg>
      <p class="facts" title="What following this cluster costs its API server">${drawCost(cluster)}</p>
    </div>
    <p class="facts line" title=${cluster.server}>${cluster.server_version ? `Kubernetes ${cluster.server_version} · ` : nothing}${cluster.server}</p>
  </li>`;
}

export function drawRows(clusters: readonly Cluster[], mayAlter: boolean): TemplateResult {
  return html`<div class="table-scroll clusters-table" tabindex="0" role="region" aria-label="Live clusters as a table"><table>
    <thead><tr>${["cluster", "health", "nodes", "pods", "events/s", "lag", "watches", "version", ""].map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
    <tbody>${clusters.map((cluster) => drawRow(cluster, mayAlter))}</tbody>
  </table>${clusters.length === 0 ? html`<p class="none">No cluster is like that.</p>` : nothing}</div>`;
}

function drawRow(cluster: Cluster, mayAlter: boolean): TemplateResult {
  const { objects, cost } = cluster;
  const stands = standing(cluster);
  const problem = problemOf(cluster);
  const words =
    stands === "live" ? healthWords(cluster) : `${standingWords(cluster)}${problem ? `: ${problem}` : ""}`;
  return html`<tr>
    <th scope="row"><span class="standing ${stands}" aria-hidden="true"></span>${drawName(cluster)} ${cluster.is_insecure ? html`<span class="warning" title="The server’s certificate is not verified">▲ TLS</span>` : nothing}</th>
    <td class="health-${stands === "live" ? tone(cluster) : stands === "broken" ? "bad" : "warning"} line" title=${words}>${words}</td>
    <td>${objects ? `${objects.nodes_ready}/${objects.nodes}` : ""}</td>
    <td>${objects ? `${objects.pods_ready.toLocaleString("en")}/${objects.pods.toLocaleString("en")}` : ""}</td>
    <td>${cost ? cost.events_per_second.toFixed(1) : ""}</td>
    <td>${cost ? `${cost.lag_ms} ms` : ""}</td>
    <td>${cost?.open_watches ?? ""}</td>
    <td>${cluster.server_version}</td>
    <td>${mayAlter ? html`<a class="hint" href="/clusters/${cluster.slug}/" aria-label="Settings of ${cluster.name}">settings</a>` : nothing}</td>
  </tr>`;
}

function drawName(cluster: Cluster): TemplateResult {
  return cluster.log
    ? html`<a class="open" href="/logs/${cluster.log}/">${cluster.name}</a>`
    : html`<span class="open">${cluster.name}</span>`;
}

function drawObjects(cluster: Cluster): string {
  const { objects } = cluster;
  if (!objects) return "Nothing is known of its objects yet.";
  return `${objects.nodes_ready} of ${count(objects.nodes, "node")} ready · ${objects.pods_ready.toLocaleString("en")} of ${count(objects.pods, "pod")} ready`;
}

function drawWarnings(cluster: Cluster): TemplateResult {
  const missing = troubled(cluster).length + Object.keys(cluster.missing).length;
  const words = [
    ...(cluster.is_insecure ? ["TLS is not verified"] : []),
    ...(missing > 0 ? [`${count(missing, "resource")} not watched`] : []),
  ];
  const names = [...troubled(cluster).map(({ resource }) => resource), ...Object.keys(cluster.missing)];
  return html`<p class="line warning" title=${names.join(", ")}>${words.length > 0 ? `▲ ${words.join(" · ")}` : nothing}</p>`;
}

function drawCost({ cost }: Cluster): string {
  if (!cost) return "no requests yet";
  return `${cost.events_per_second.toFixed(1)} events/s · lag ${cost.lag_ms} ms · ${count(cost.open_watches, "watch", "watches")} · ${rate(cost.bytes_per_second)}`;
}

const TONES: Readonly<Record<HealthState, "good" | "warning" | "bad" | "quiet">> = {
  ok: "good",
  warning: "warning",
  failing: "bad",
  unreachable: "bad",
  refused: "quiet",
  absent: "quiet",
  waiting: "quiet",
};

function tone(cluster: Cluster): "good" | "warning" | "bad" | "quiet" {
  return TONES[cluster.polled?.state ?? "waiting"];
}
