/** The facts of the Health page as tables, to read, search and copy. */

import { type Cluster, troubled } from "../model/clusters";
import { exact } from "../model/format";
import { type Health, type HealthNow, type Polled, shownState, wordsOf } from "../model/health";
import type { Cell, Sheet } from "./sheets";

const POLLS = [
  "readyz",
  "livez",
  "leaders",
  "metrics",
  "versions",
  "certificates",
  "drift",
  "discovery",
  "usage",
  "listing",
] as const satisfies readonly (keyof Health)[];

/** All of it; nothing before the first answer. */
export function healthSheets({ health, now }: HealthNow, cluster: Cluster | undefined): Sheet[] {
  if (!health) return [];
  const { readyz, livez, leaders, metrics, versions, certificates, drift } = health;
  return [
    sheet(
      "What is asked",
      ["what", "state", "problem", "asked", "every (s)", "took (s)"],
      POLLS.map((name) => pollRow(name, health[name], now)),
    ),
    sheet(
      "Checks",
      ["path", "check", "passes", "reason"],
      [...checkRows("/readyz", readyz.result?.checks), ...checkRows("/livez", livez.result?.checks)],
    ),
    sheet(
      "Leases",
      ["name", "role", "holder", "renewed", "age (s)", "stale", "changes"],
      (leaders.result?.leases ?? []).map((each) => [
        each.name,
        each.role,
        each.holder,
        time(each.renewed_ts),
        each.age_seconds ?? "",
        each.is_stale,
        each.transitions ?? "",
      ]),
    ),
    sheet(
      "etcd",
      ["operation", "asked", "mean (s)", "median (s)", "99th percentile (s)"],
      (metrics.result?.etcd ?? []).map((each) => [
        each.operation,
        each.count,
        each.mean_seconds,
        each.p50_seconds,
        each.p99_seconds,
      ]),
    ),
    sheet(
      "Requests",
      ["verb", "resource", "so far", "per second"],
      (metrics.result?.requests ?? []).map((each) => [
        each.verb,
        each.resource,
        each.total,
        each.per_second ?? "",
      ]),
    ),
    sheet(
      "Stored objects",
      ["resource", "objects"],
      (metrics.result?.stored_objects ?? []).map((each) => [each.resource, each.count]),
    ),
    sheet(
      "Kubelets",
      ["version", "nodes", "minor versions behind", "supported", "first nodes"],
      (versions.result?.kubelets ?? []).map((each) => [
        each.version,
        each.nodes,
        each.minors_behind ?? "",
        each.is_supported,
        each.names.join(", "),
      ]),
    ),
    sheet(
      "Certificates",
      ["depth", "subject", "issuer", "from", "until", "names"],
      [
        ...(certificates.result?.chain ?? []),
        ...(certificates.result?.authorities ?? []),
        ...(certificates.result?.client ? [certificates.result.client] : []),
      ].map((each) => [
        each.depth ?? "",
        each.subject,
        each.issuer,
        exact(each.not_before_ts),
        exact(each.not_after_ts),
        each.names.join(", "),
      ]),
    ),
    sheet(
      "Drift",
      ["resource", "object", "difference", "version in the log", "version in the cluster"],
      (drift.result?.differences ?? []).map((each) => [
        each.resource,
        each.key,
        each.kind,
        each.log_version,
        each.cluster_version,
      ]),
    ),
    sheet(
      "Not watched",
      ["resource", "phase", "problem"],
      (cluster ? troubled(cluster) : []).map((each) => [each.resource, each.phase, each.problem]),
    ),
  ];
}

function sheet(name: string, columns: readonly string[], rows: readonly (readonly Cell[])[]): Sheet {
  return { name, columns, rows, refs: rows.map(() => "") };
}

function pollRow(name: string, polled: Polled<unknown>, now: number): (string | number)[] {
  return [
    name,
    shownState(polled, now),
    wordsOf(polled, now),
    time(polled.asked_ts),
    polled.period_seconds,
    polled.seconds ?? "",
  ];
}

function checkRows(
  path: string,
  checks: NonNullable<Health["readyz"]["result"]>["checks"] = [],
): readonly (readonly Cell[])[] {
  return checks.map((each) => [path, each.name, each.is_ok, each.reason]);
}

function time(ts: number | null): string {
  return ts === null ? "" : exact(ts);
}
