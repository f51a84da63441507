/** The panels of the Health page: one for each thing that is asked. Each has a heading, how it stands, and its facts. */

import { html, nothing, type TemplateResult } from "lit";
import type { Cluster } from "../model/clusters";
import { rate, troubled } from "../model/clusters";
import { ago, count, duration, exact } from "../model/format";
import {
  type Certificate,
  type Certificates,
  type Checks,
  type Drift,
  type Health,
  type HealthNow,
  type Lease,
  type Polled,
  type Served,
  type ServerMetrics,
  SIGNS,
  shownState,
  type Usage,
  type Versions,
  wordsOf,
} from "../model/health";

/** A panel around what a poll told; where it told nothing, why, and what to do. */
export function drawPanel<Result>(
  title: string,
  polled: Polled<Result>,
  now: number,
  body: (result: Result) => TemplateResult,
): TemplateResult {
  const shown = shownState(polled, now);
  const words = wordsOf(polled, now);
  const isOld = polled.result_ts !== null && polled.asked_ts !== null && polled.result_ts < polled.asked_ts;
  return html`<section class="panel state-${shown}" aria-label=${title}>
    <header><h2>${title}</h2><span class="sign">${SIGNS[shown]}</span></header>
    ${words ? html`<p class="words">${words}</p>` : nothing}
    ${polled.result === null ? nothing : html`<div class=${isOld || shown === "stale" ? "old" : ""}>${body(polled.result)}</div>`}
    <footer>${drawRuns(polled)}<span>${polled.asked_ts === null ? nothing : html`<span title=${exact(polled.asked_ts)}>asked ${ago(polled.asked_ts, now)}</span>, every ${duration(polled.period_seconds)}`}${isOld && polled.result_ts !== null ? html` · what is shown was told ${ago(polled.result_ts, now)}` : nothing}</span></footer>
  </section>`;
}

/** The latest runs as a strip of marks: tall is well. */
function drawRuns(polled: Polled<unknown>): TemplateResult | typeof nothing {
  if (polled.recent.length < 2) return nothing;
  const bad = polled.recent.filter(({ state }) => state !== "ok").length;
  const words = bad === 0 ? "all well" : `${bad} not well`;
  return html`<span class="runs" role="img" aria-label="The last ${polled.recent.length} answers: ${words}" title="The last ${polled.recent.length} answers: ${words}">${polled.recent.slice(-30).map(({ state }) => html`<i class="run-${state}"></i>`)}</span>`;
}

export function drawChecks(name: string, told: Checks): TemplateResult {
  const failed = told.checks.filter(({ is_ok }) => !is_ok);
  return html`<p>${failed.length === 0 ? html`All ${count(told.checks.length, "check")} of <code>${name}</code> pass.` : nothing}</p>
    ${failed.length > 0 ? html`<ul class="failed">${failed.map(({ name: check, reason }) => html`<li>✕ <b>${check}</b> ${reason}</li>`)}</ul>` : nothing}
    <details><summary>${count(told.checks.length, "check")}</summary><ul class="checks">${told.checks.map(({ name: check, is_ok }) => html`<li class=${is_ok ? "" : "bad"}>${is_ok ? "✓" : "✕"} ${check}</li>`)}</ul></details>`;
}

export function drawLeaders(leases: readonly Lease[]): TemplateResult {
  const leaders = leases.filter(({ role }) => role === "leader");
  const servers = leases.filter(({ role }) => role === "server");
  return html`<table><thead><tr><th scope="col">component</th><th scope="col">leader</th><th scope="col">renewed</th><th scope="col">changes</th></tr></thead>
    <tbody>${leaders.map(
      (lease) => html`<tr class=${lease.is_stale ? "bad" : ""}><th scope="row">${lease.name}</th>
      <td class="cut" title=${lease.holder}>${lease.holder || "nobody"}</td>
      <td>${drawAge(lease)}</td><td>${lease.transitions ?? ""}</td></tr>`,
    )}</tbody></table>
    <p>${count(servers.filter(({ is_stale }) => !is_stale).length, "API server")} ${servers.some(({ is_stale }) => is_stale) ? html`<span class="bad">· ✕ ${servers.filter(({ is_stale }) => is_stale).length} gone or silent</span>` : nothing}</p>`;
}

function drawAge(lease: Lease): TemplateResult {
  if (lease.age_seconds === null) return html`never`;
  const words = `${duration(lease.age_seconds)} ago`;
  return lease.is_stale ? html`✕ ${words}, is good for ${lease.duration_seconds ?? "?"} s` : html`${words}`;
}

/** Whether the API server reaches etcd, as its checks say; undefined where neither has such a check. */
function etcdCheck({ readyz, livez }: Health): boolean | undefined {
  const all = [...(readyz.result?.checks ?? []), ...(livez.result?.checks ?? [])];
  const found = all.filter(({ name }) => name === "etcd");
  return found.length === 0 ? undefined : found.every(({ is_ok }) => is_ok);
}

export function drawEtcd(metrics: ServerMetrics, isReached: boolean | undefined): TemplateResult {
  const most = [...metrics.stored_objects].sort((a, b) => b.count - a.count).slice(0, 5);
  return html`<p>${isReached !== undefined ? html`<span class=${isReached ? "good" : "bad"}>${isReached ? "✓ The API server reaches it." : "✕ The API server does not reach it."}</span>` : nothing}
      ${metrics.database_bytes === null ? nothing : html` Its database has ${bytes(metrics.database_bytes)}.`}</p>
    ${
      metrics.etcd.length > 0
        ? html`<table><thead><tr><th scope="col">operation</th><th scope="col">asked</th><th scope="col">median</th><th scope="col">99th percentile</th></tr></thead>
      <tbody>${metrics.etcd.slice(0, 6).map((each) => html`<tr><th scope="row">${each.operation}</th><td>${each.count.toLocaleString("en")}</td><td>${duration(each.p50_seconds)}</td><td>${duration(each.p99_seconds)}</td></tr>`)}</tbody></table>
      <p class="hint">${metrics.etcd.some(({ is_since_start }) => is_since_start) ? "Since the API server started." : "Since the answer before."} Percentiles lie between two bounds of a histogram.</p>`
        : nothing
    }
    ${most.length > 0 ? html`<p>Most objects: ${most.map(({ resource, count: number }, index) => html`${index > 0 ? ", " : ""}${resource} ${number.toLocaleString("en")}`)}</p>` : nothing}`;
}

export function drawServer(metrics: ServerMetrics, now: number): TemplateResult {
  const figures: readonly (readonly [string, number | null])[] = [
    ["requests/s", metrics.requests_per_second],
    ["errors/s", metrics.errors_per_second],
    ["throttled/s", metrics.throttled_per_second],
    ["open watches", metrics.open_watches],
    ["reads in flight", metrics.in_flight_read_only],
    ["writes in flight", metrics.in_flight_mutating],
  ];
  return html`<dl class="figures">${figures.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value === null ? "–" : tidy(value)}</dd></div>`)}</dl>
    ${metrics.started_ts === null ? nothing : html`<p>It started ${ago(metrics.started_ts, now)}.</p>`}
    ${
      metrics.requests.length > 0
        ? html`<details><summary>Most frequent requests</summary><table><tbody>${metrics.requests.slice(0, 12).map((each) => html`<tr><th scope="row">${each.verb} ${each.resource}</th><td>${each.per_second === null ? `${each.total.toLocaleString("en")} so far` : `${tidy(each.per_second)}/s`}</td></tr>`)}</tbody></table></details>`
        : nothing
    }`;
}

export function drawVersions(versions: Versions): TemplateResult {
  return html`<p>The API server has ${versions.server}.</p>
    <table><thead><tr><th scope="col">kubelets</th><th scope="col">nodes</th><th scope="col">against the API server</th></tr></thead>
    <tbody>${versions.kubelets.map(
      (
        each,
      ) => html`<tr class=${each.is_supported ? "" : "bad"}><th scope="row">${each.version || "unknown"}</th><td title=${each.names.join(", ")}>${each.nodes}</td>
      <td>${skew(each.minors_behind)}${each.is_supported ? "" : ": ✕ not supported"}</td></tr>`,
    )}</tbody></table>`;
}

function skew(minors: number | null): string {
  if (minors === null) return "cannot be compared";
  if (minors === 0) return "the same minor version";
  return minors > 0 ? `${count(minors, "minor version")} older` : `${count(-minors, "minor version")} newer`;
}

export function drawCertificates(told: Certificates, now: number): TemplateResult {
  const depth = told.error_depth === null ? "" : ` at depth ${told.error_depth}`;
  return html`<p class=${told.is_trusted ? "good" : "bad"}>${told.is_trusted ? "✓ The chain leads to an authority of the kubeconfig." : `✕ Not trusted${depth}: ${told.error_words}.`}</p>
    ${!told.is_trusted && told.is_trusted_by_clients ? html`<p class="warning">▲ Kubernetes’ clients do trust it, because they take every certificate of the bundle for an anchor; openssl verify does not.</p>` : nothing}
    <table><thead><tr><th scope="col">depth</th><th scope="col">subject</th><th scope="col">issuer</th><th scope="col">runs out</th></tr></thead>
    <tbody>
      ${told.chain.map((each) => drawCertificate(each, String(each.depth ?? ""), now, each.depth === told.error_depth && !told.is_trusted))}
      ${told.authorities.map((each) => drawCertificate(each, "CA", now, false))}
      ${told.client ? drawCertificate(told.client, "own", now, false) : nothing}
    </tbody></table>`;
}

function drawCertificate(each: Certificate, place: string, now: number, isBad: boolean): TemplateResult {
  const left = each.not_after_ts - now;
  return html`<tr class=${isBad || left < 0 ? "bad" : ""}><td>${isBad ? "✕ " : ""}${place}</td><th scope="row" class="cut" title="${each.subject}${each.names.length > 0 ? `\n${each.names.join(", ")}` : ""}">${each.subject}</th>
    <td class="cut" title=${each.issuer}>${each.issuer}</td>
    <td title=${exact(each.not_after_ts)}>${left < 0 ? `✕ ran out ${duration(-left)} ago` : `in ${duration(left)}`}</td></tr>`;
}

export function drawUsage(usage: Usage): TemplateResult {
  return html`<p>${count(usage.node_count, "node")} use ${usage.nodes_cpu_cores.toFixed(2)} cores and ${bytes(usage.nodes_memory_bytes)}.</p>
    <table><thead><tr><th scope="col">node</th><th scope="col">cores</th><th scope="col">memory</th></tr></thead>
    <tbody>${usage.nodes.slice(0, 8).map((each) => html`<tr><th scope="row">${each.name}</th><td>${each.cpu_cores.toFixed(2)}</td><td>${bytes(each.memory_bytes)}</td></tr>`)}</tbody></table>
    <details><summary>Largest of ${count(usage.pod_count, "pod")}</summary><table><tbody>${usage.pods.slice(0, 12).map((each) => html`<tr><th scope="row">${each.namespace}/${each.name}</th><td>${each.cpu_cores.toFixed(3)}</td><td>${bytes(each.memory_bytes)}</td></tr>`)}</tbody></table></details>`;
}

export function drawServed(served: Served): TemplateResult {
  const missing = Object.entries(served.missing);
  return html`<p>${count(served.resources.length, "resource")} in ${count(served.groups.length, "group version")} can be listed and watched.</p>
    ${served.appeared.length > 0 ? html`<p>New since the answer before: ${served.appeared.join(", ")}.</p>` : nothing}
    ${served.disappeared.length > 0 ? html`<p class="warning">▲ Gone since the answer before: ${served.disappeared.join(", ")}.</p>` : nothing}
    ${missing.map(([group, why]) => html`<p class="bad">✕ <b>${group}</b> ${why}</p>`)}`;
}

export function drawDrift(drift: Drift): TemplateResult {
  const silent = Object.entries(drift.not_compared);
  return html`<p class=${drift.difference_count === 0 ? "good" : "bad"}>${
    drift.difference_count === 0
      ? `✓ All ${count(drift.objects, "object")} of ${count(drift.resources, "resource")} are in the log as they are in the cluster.`
      : `✕ ${count(drift.difference_count, "object")} of ${drift.objects.toLocaleString("en")} differ.`
  }</p>
    ${drift.differences.length > 0 ? html`<table><thead><tr><th scope="col">object</th><th scope="col">the log</th><th scope="col">versions: log, cluster</th></tr></thead><tbody>${drift.differences.slice(0, 20).map((each) => html`<tr><th scope="row">${each.resource} ${each.key}</th><td>${each.kind === "lacking" ? "lacks it" : each.kind === "left over" ? "still has it" : "has another version"}</td><td>${each.log_version || "–"}, ${each.cluster_version || "–"}</td></tr>`)}</tbody></table>` : nothing}
    ${silent.length > 0 ? html`<details><summary>${count(silent.length, "resource")} could not be compared</summary><ul>${silent.map(([name, why]) => html`<li><b>${name}</b> ${why}</li>`)}</ul></details>` : nothing}`;
}

/** What following the cluster costs it, as its watcher tells. */
export function drawReadingCost(cluster: Cluster): TemplateResult {
  const { cost } = cluster;
  const waiting = troubled(cluster);
  return html`<section class="panel" aria-label="What reading costs">
    <header><h2>What reading costs</h2></header>
    ${
      cost
        ? html`<dl class="figures">${[
            ["open watches", cost.open_watches.toLocaleString("en")],
            ["events/s", cost.events_per_second.toFixed(1)],
            ["received", rate(cost.bytes_per_second)],
            ["lag", `${cost.lag_ms} ms`],
            ["lists so far", cost.lists.toLocaleString("en")],
            ["requests so far", cost.requests.toLocaleString("en")],
          ].map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
        : html`<p class="words">Nothing was read yet.</p>`
    }
    ${
      waiting.length > 0
        ? html`<p class="warning">▲ ${count(waiting.length, "resource")} of ${cluster.resource_count} not ${cluster.is_polled ? "listed" : "watched"}: asked again after growing pauses.</p>
      <table><tbody>${waiting.slice(0, 12).map(({ resource, phase, problem }) => html`<tr><th scope="row">${resource}</th><td>${phase}</td><td>${problem}</td></tr>`)}</tbody></table>`
        : html`<p>All ${count(cluster.resource_count, "resource")} are ${cluster.is_polled ? `listed every ${duration(cluster.poll_seconds)}` : "watched"}; none waits after a failure.</p>`
    }
  </section>`;
}

/** All panels of a cluster that was polled, what matters first. */
export function drawPanels(health: Health, { now }: HealthNow): TemplateResult {
  return html`
    ${drawPanel("Ready", health.readyz, now, (told) => drawChecks("/readyz", told))}
    ${drawPanel("Alive", health.livez, now, (told) => drawChecks("/livez", told))}
    ${drawPanel("Who leads", health.leaders, now, ({ leases }) => drawLeaders(leases))}
    ${drawPanel("API server", health.metrics, now, (told) => drawServer(told, now))}
    ${drawPanel("etcd", health.metrics, now, (told) => drawEtcd(told, etcdCheck(health)))}
    ${drawPanel("Versions", health.versions, now, drawVersions)}
    ${drawPanel("Certificates", health.certificates, now, (told) => drawCertificates(told, now))}
    ${drawPanel("Does the log hold what the cluster holds?", health.drift, now, drawDrift)}
    ${drawPanel("Served", health.discovery, now, drawServed)}
    ${drawPanel("Usage", health.usage, now, drawUsage)}`;
}

/** 512 B, 34.2 MB. */
export function bytes(number: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, number > 0 ? Math.floor(Math.log10(number) / 3) : 0);
  const value = number / 1000 ** power;
  return `${power > 0 && value < 100 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}

function tidy(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString("en") : value.toFixed(value < 10 ? 2 : 1);
}
