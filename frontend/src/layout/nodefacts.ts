/** What there is to say of a node: how it stands, each with a sign; and how much of it is asked for. */

import { ago, count, cpu, duration, memory, parseTime } from "../model/format";
import type { LeaseRow, LoadRow, NodeRow } from "../wire";

export interface Fact {
  readonly sign: string;
  readonly words: string;
  /** In full, for who rests on it. */
  readonly title: string;
  readonly tone: "bad" | "warn" | "calm";
}

export type Standing = "ok" | "broken" | "cordoned" | "troubled";

/** kubelet renews its Lease when a quarter of its time is over: `nodeLeaseRenewIntervalFraction` of pkg/kubelet. */
const RENEWALS_A_LEASE = 4;
const MISSED_BEFORE_LATE = 1;
/** The kubelet's default, where the Lease does not say. */
const LEASE_SECONDS = 40;

export function standingOf(node: NodeRow | undefined): Standing {
  if (node?.ready !== "True") return "broken";
  if (node.troubles.length > 0) return "troubled";
  return node.unschedulable ? "cordoned" : "ok";
}

/** What is not as it should be, the worst first. */
export function troublesOf(node: NodeRow, lease: LeaseRow | undefined, now: number): Fact[] {
  const facts: Fact[] = [];
  if (node.ready !== "True") facts.push(notReady(node, now));
  for (const name of node.troubles)
    facts.push({ sign: "▲", words: name, title: `The condition ${name} is True.`, tone: "bad" });
  const late = lateness(lease, now);
  if (late) facts.push(late);
  if (node.unschedulable)
    facts.push({
      sign: "⊘",
      words: "cordoned",
      title: "spec.unschedulable is true: no new pods come here, and those that are here stay.",
      tone: "warn",
    });
  return facts;
}

export function taintsOf(node: NodeRow): Fact[] {
  return node.taints.map((taint) => {
    const effect = taint.slice(taint.lastIndexOf(":") + 1);
    const what: Record<string, string> = {
      NoSchedule: "new pods come here only if they tolerate it",
      PreferNoSchedule: "pods that do not tolerate it come here only if nothing else is left",
      NoExecute: "pods that do not tolerate it are evicted",
    };
    return { sign: "⚑", words: taint, title: `Taint ${taint}: ${what[effect] ?? effect}.`, tone: "calm" };
  });
}

/** How long ago the kubelet was heard of; undefined where there is no Lease. */
export function heartbeat(lease: LeaseRow | undefined, now: number): Fact | undefined {
  const age = ageOf(lease, now);
  if (!lease || age === undefined) return undefined;
  const seconds = lease.seconds || LEASE_SECONDS;
  return {
    sign: "♥",
    words: age < 1 ? "now" : duration(age),
    title: `The kubelet renewed its Lease ${duration(age)} ago, at ${lease.renewed}. It does so every ${duration(seconds / RENEWALS_A_LEASE)}; the Lease is good for ${seconds} s.`,
    tone: "calm",
  };
}

function notReady(node: NodeRow, now: number): Fact {
  const since = parseTime(node.ready_since);
  const told = since === undefined ? "" : `, ${ago(since, now)}`;
  const why = node.reason ? ` (${node.reason}${told})` : told;
  if (node.ready === "False")
    return { sign: "✕", words: "NotReady", title: `The condition Ready is False${why}.`, tone: "bad" };
  return {
    sign: "✕",
    words: "NotReady, unknown",
    title: `The condition Ready is Unknown${why}: the kubelet was not heard of for longer than kube-controller-manager waits, or never.`,
    tone: "bad",
  };
}

function lateness(lease: LeaseRow | undefined, now: number): Fact | undefined {
  const age = ageOf(lease, now);
  if (!lease || age === undefined) return undefined;
  const seconds = lease.seconds || LEASE_SECONDS;
  const missed = Math.floor((age / seconds) * RENEWALS_A_LEASE) - 1;
  if (missed < MISSED_BEFORE_LATE) return undefined;
  const isOver = age > seconds;
  return {
    sign: "◷",
    words: isOver ? `lease ran out ${duration(age - seconds)} ago` : `lease ${duration(age)} old`,
    title: `The kubelet renewed its Lease last at ${lease.renewed}, ${duration(age)} ago: ${count(missed, "renewal")} missed. kube-controller-manager waits for its --node-monitor-grace-period (50 s in 1.36, unless set otherwise) and then calls the node NotReady.`,
    tone: isOver ? "bad" : "warn",
  };
}

/** Whether a kubelet missed to renew its Lease. */
export function isLate(lease: LeaseRow | undefined, now: number): boolean {
  return lateness(lease, now) !== undefined;
}

function ageOf(lease: LeaseRow | undefined, now: number): number | undefined {
  const renewed = lease && parseTime(lease.renewed);
  return renewed === undefined ? undefined : Math.max(0, now - renewed);
}

/** How much of one resource a node has, and what its pods ask of it. Shares are of its capacity, or of what is allocatable. */
export interface Bar {
  readonly name: string;
  readonly asked: number;
  readonly limited: number;
  readonly allocatable: number;
  /** "250m of 4" */
  readonly words: string;
  readonly title: string;
}

export function barsOf(node: NodeRow, load: LoadRow | undefined): Bar[] {
  return [
    makeBar("CPU", cpu, node.cpu, node.cpu_capacity, load?.cpu ?? 0, load?.cpu_limit),
    makeBar("memory", memory, node.memory, node.memory_capacity, load?.memory ?? 0, load?.memory_limit),
    makeBar("pods", String, node.pods, node.pods_capacity, load?.pods ?? 0, undefined),
  ];
}

/** All of it as lines of text. */
export function tellNode(
  node: NodeRow,
  load: LoadRow | undefined,
  lease: LeaseRow | undefined,
  now: number,
): string[] {
  const beat = heartbeat(lease, now);
  const where = [
    ...node.roles,
    node.zone,
    node.pool,
    node.kubelet_version && `kubelet ${node.kubelet_version}`,
  ];
  return [
    [...where, beat && `lease ${beat.words}`].filter((text) => text).join(" · "),
    ...[...troublesOf(node, lease, now), ...taintsOf(node)].map((fact) => `${fact.sign} ${fact.words}`),
    ...barsOf(node, load).map((bar) => bar.title),
  ];
}

/** How much of what is allocatable is asked for; 0 where that is not known. */
export function shareOf(asked: number | undefined, allocatable: number | null | undefined): number {
  return allocatable ? (asked ?? 0) / allocatable : 0;
}

function makeBar(
  name: string,
  words: (amount: number) => string,
  allocatable: number | null,
  capacity: number | null,
  asked: number,
  limited: number | undefined,
): Bar {
  const whole = Math.max(capacity ?? 0, allocatable ?? 0);
  const share = (amount: number) => (whole > 0 ? amount / whole : 0);
  const percent = (amount: number) => (allocatable ? ` (${Math.round((amount / allocatable) * 100)}%)` : "");
  const has = `allocatable ${allocatable === null ? "unknown" : words(allocatable)}, capacity ${capacity === null ? "unknown" : words(capacity)}`;
  const asks =
    name === "pods"
      ? `${words(asked)} pods that have not ended${percent(asked)}`
      : `requests ${words(asked)}${percent(asked)}, limits ${words(limited ?? 0)}${percent(limited ?? 0)}`;
  return {
    name,
    asked: share(asked),
    limited: share(limited ?? 0),
    allocatable: share(allocatable ?? 0),
    words: `${words(asked)} of ${allocatable === null ? "?" : words(allocatable)}`,
    title: `${name}: ${asks}; ${has}`,
  };
}
