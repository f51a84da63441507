/** Clusters as the API tells them, and what to say of one in a line. */

import { duration } from "./format";

export interface ResourceState {
  readonly resource: string;
  readonly phase: "waiting" | "listing" | "watching" | "listed" | "refused" | "gone";
  readonly problem: string;
  readonly events: number;
  readonly silent_seconds: number;
}

export interface Cluster {
  readonly slug: string;
  readonly name: string;
  readonly server: string;
  readonly is_insecure: boolean;
  readonly is_followed: boolean;
  /** It is not watched, but listed every so many seconds. */
  readonly is_polled: boolean;
  readonly poll_seconds: number;
  /** How much of its log is kept; null for as much as the site's settings say. */
  readonly keep_seconds: number | null;
  readonly keep_bytes: number | null;
  readonly is_synchronised: boolean;
  readonly server_version: string;
  readonly problem: string;
  readonly log: string | null;
  readonly missing: Readonly<Record<string, string>>;
  readonly resource_count: number;
  /** All of them, or, where it was asked briefly, those that are not being watched. */
  readonly resources: readonly ResourceState[];
  readonly cost: {
    readonly requests: number;
    readonly lists: number;
    readonly open_watches: number;
    readonly events_per_second: number;
    readonly bytes_per_second: number;
    readonly lag_ms: number;
  } | null;
  readonly objects: {
    readonly all: number;
    readonly nodes: number;
    readonly nodes_ready: number;
    readonly pods: number;
    readonly pods_ready: number;
  } | null;
  /** What the latest polls found; null before the first. */
  readonly polled: { readonly state: HealthState; readonly problem: string } | null;
}

export type HealthState = "waiting" | "ok" | "warning" | "failing" | "refused" | "absent" | "unreachable";

export type Standing = "live" | "partly" | "beginning" | "broken";

/** How the following of a cluster stands: live means that everything which may be read is watched. */
export function standing(cluster: Cluster): Standing {
  if (!cluster.is_followed || cluster.problem) return "broken";
  const down = troubled(cluster).length;
  if (!cluster.is_synchronised) return "beginning";
  if (down === 0) return "live";
  return down === cluster.resource_count ? "broken" : "partly";
}

/** Why a cluster is not followed, in the words of whoever found out. */
export function problemOf(cluster: Cluster): string {
  if (cluster.problem) return cluster.problem;
  if (!cluster.is_followed) return "no watcher holds it";
  return standing(cluster) === "broken" ? (cluster.resources[0]?.problem ?? "") : "";
}

export const STANDING_WORDS: Readonly<Record<Standing, string>> = {
  live: "live",
  partly: "live, but not all of it",
  beginning: "reading it for the first time",
  broken: "not followed",
};

/** How a cluster is read, in words: one that is not watched must not be called live. */
export function standingWords(cluster: Cluster): string {
  const stands = standing(cluster);
  const every = `listed every ${duration(cluster.poll_seconds)}`;
  if (!cluster.is_polled || stands === "broken" || stands === "beginning") return STANDING_WORDS[stands];
  return stands === "live" ? every : `${every}, but not all of it`;
}

/** The resources that are not being read. */
export function troubled(cluster: Cluster): readonly ResourceState[] {
  return cluster.resources.filter(({ phase }) => phase !== "watching" && phase !== "listed");
}

/** `1.2 kB/s`, as a person reads it. */
export function rate(bytes: number): string {
  if (bytes < 1_000) return `${Math.round(bytes)} B/s`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB/s` : `${(bytes / 1_000_000).toFixed(1)} MB/s`;
}

/** Its health in a line: what the polls found, with a sign for who does not see colours. */
export function healthWords(cluster: Cluster): string {
  const { polled } = cluster;
  if (!polled || polled.state === "waiting") return "not polled yet";
  if (polled.state === "ok") return "✓ healthy";
  return `${polled.state === "warning" ? "▲" : "✕"} ${polled.problem || polled.state}`;
}

const ASK_MS = 2_000;

/**
 * Asks how the clusters stand, or the one that a log follows, every two seconds until it is stopped, but not while the
 * page is out of sight. `isSilent`: the server does not answer.
 */
export class ClusterWatch {
  private timer: number | undefined;
  private readonly tell: (clusters: readonly Cluster[], isSilent: boolean) => void;
  private last: readonly Cluster[] = [];
  /** What is asked; it may be altered while it runs. */
  query = "?brief=true";

  constructor(tell: (clusters: readonly Cluster[], isSilent: boolean) => void) {
    this.tell = tell;
  }

  start(): void {
    if (this.timer === undefined) void this.ask();
  }

  stop(): void {
    window.clearTimeout(this.timer);
    this.timer = undefined;
  }

  private async ask(): Promise<void> {
    this.timer = window.setTimeout(() => void this.ask(), ASK_MS);
    if (document.hidden) return;
    try {
      const response = await fetch(`/api/clusters${this.query}`);
      if (!response.ok) throw new Error(`the server answered ${response.status}`);
      this.last = (await response.json()) as Cluster[];
      this.tell(this.last, false);
    } catch {
      this.tell(this.last, true);
    }
  }
}
