/** Clusters as the API tells them, and what to say of one in a line. */

export interface ResourceState {
  readonly resource: string;
  readonly phase: "waiting" | "listing" | "watching" | "refused" | "gone";
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
  readonly is_synchronised: boolean;
  readonly server_version: string;
  readonly problem: string;
  readonly log: string | null;
  readonly missing: Readonly<Record<string, string>>;
  readonly resources: readonly ResourceState[];
  readonly cost: {
    readonly requests: number;
    readonly lists: number;
    readonly open_watches: number;
    readonly events_per_second: number;
    readonly bytes_per_second: number;
  } | null;
  readonly objects: {
    readonly all: number;
    readonly nodes: number;
    readonly nodes_ready: number;
    readonly pods: number;
    readonly pods_ready: number;
  } | null;
}

export type Standing = "live" | "partly" | "beginning" | "broken";

/** How the following of a cluster stands: live means that everything which may be read is watched. */
export function standing(cluster: Cluster): Standing {
  if (!cluster.is_followed || cluster.problem) return "broken";
  if (!cluster.is_synchronised) return "beginning";
  return troubled(cluster).length === 0 ? "live" : "partly";
}

export const STANDING_WORDS: Readonly<Record<Standing, string>> = {
  live: "live",
  partly: "live, but not all of it",
  beginning: "reading it for the first time",
  broken: "not followed",
};

/** The resources that are not being watched. */
export function troubled(cluster: Cluster): readonly ResourceState[] {
  return cluster.resources.filter(({ phase }) => phase !== "watching");
}

/** `1.2 kB/s`, as a person reads it. */
export function rate(bytes: number): string {
  if (bytes < 1_000) return `${Math.round(bytes)} B/s`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB/s` : `${(bytes / 1_000_000).toFixed(1)} MB/s`;
}
