/** A cluster's health as the API tells it: what each poll found last. The shapes are those of kube/polls/results.py. */

import type { HealthState } from "./clusters";
import { duration } from "./format";

export interface Run {
  readonly asked_ts: number;
  readonly seconds: number;
  readonly state: HealthState;
}

/** One poll. `result` may be of an earlier run than the latest: of `result_ts`. Times are the server's unix seconds. */
export interface Polled<Result> {
  readonly state: HealthState;
  readonly problem: string;
  readonly asked_ts: number | null;
  readonly seconds: number | null;
  readonly period_seconds: number;
  readonly next_ts: number | null;
  readonly result: Result | null;
  readonly result_ts: number | null;
  readonly recent: readonly Run[];
}

export interface Checks {
  readonly checks: readonly { readonly name: string; readonly is_ok: boolean; readonly reason: string }[];
  readonly failed: number;
}

export interface Lease {
  readonly name: string;
  readonly role: "leader" | "server";
  readonly holder: string;
  readonly renewed_ts: number | null;
  readonly duration_seconds: number | null;
  readonly age_seconds: number | null;
  readonly is_stale: boolean;
  readonly transitions: number | null;
}

export interface ServerMetrics {
  readonly started_ts: number | null;
  readonly requests_per_second: number | null;
  readonly errors_per_second: number | null;
  readonly throttled_per_second: number | null;
  readonly requests: readonly {
    readonly verb: string;
    readonly resource: string;
    readonly total: number;
    readonly per_second: number | null;
  }[];
  readonly in_flight_mutating: number | null;
  readonly in_flight_read_only: number | null;
  readonly open_watches: number;
  readonly etcd: readonly {
    readonly operation: string;
    readonly count: number;
    readonly mean_seconds: number;
    readonly p50_seconds: number;
    readonly p99_seconds: number;
    readonly is_since_start: boolean;
  }[];
  readonly database_bytes: number | null;
  readonly stored_objects: readonly { readonly resource: string; readonly count: number }[];
}

export interface Versions {
  readonly server: string;
  readonly kubelets: readonly {
    readonly version: string;
    readonly nodes: number;
    readonly names: readonly string[];
    readonly minors_behind: number | null;
    readonly is_supported: boolean;
  }[];
  readonly unsupported_nodes: number;
}

export interface Certificate {
  readonly depth: number | null;
  readonly subject: string;
  readonly issuer: string;
  readonly names: readonly string[];
  readonly not_before_ts: number;
  readonly not_after_ts: number;
}

export interface Certificates {
  readonly chain: readonly Certificate[];
  readonly authorities: readonly Certificate[];
  readonly client: Certificate | null;
  readonly is_trusted: boolean;
  readonly is_trusted_by_clients: boolean;
  readonly error_depth: number | null;
  readonly error_words: string;
}

export interface Usage {
  readonly nodes: readonly {
    readonly name: string;
    readonly cpu_cores: number;
    readonly memory_bytes: number;
  }[];
  readonly pods: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly cpu_cores: number;
    readonly memory_bytes: number;
  }[];
  readonly node_count: number;
  readonly pod_count: number;
  readonly nodes_cpu_cores: number;
  readonly nodes_memory_bytes: number;
}

export interface Served {
  readonly groups: readonly { readonly name: string; readonly resources: number }[];
  readonly resources: readonly string[];
  readonly appeared: readonly string[];
  readonly disappeared: readonly string[];
  readonly missing: Readonly<Record<string, string>>;
}

export interface Drift {
  readonly resources: number;
  readonly objects: number;
  readonly difference_count: number;
  readonly differences: readonly {
    readonly resource: string;
    readonly key: string;
    readonly kind: string;
    readonly log_version: string;
    readonly cluster_version: string;
  }[];
  readonly not_compared: Readonly<Record<string, string>>;
}

export interface Listed {
  readonly resources: number;
  readonly objects: number;
  readonly changes: number;
  readonly not_listed: Readonly<Record<string, string>>;
}

export interface Health {
  readonly cluster: string;
  readonly now_ts: number;
  readonly state: HealthState;
  readonly livez: Polled<Checks>;
  readonly readyz: Polled<Checks>;
  readonly leaders: Polled<{ readonly leases: readonly Lease[] }>;
  readonly metrics: Polled<ServerMetrics>;
  readonly usage: Polled<Usage>;
  readonly versions: Polled<Versions>;
  readonly discovery: Polled<Served>;
  readonly certificates: Polled<Certificates>;
  readonly drift: Polled<Drift>;
  readonly listing: Polled<Listed>;
}

/** How a poll stands for a reader: its state, or that its answer is too old to stand for the present. */
export type Shown = HealthState | "stale";

/** An answer is old after three of its periods, and never before a minute. */
export function shownState(polled: Polled<unknown>, now: number): Shown {
  if (polled.asked_ts === null) return "waiting";
  return now - polled.asked_ts > Math.max(60, 3 * polled.period_seconds) ? "stale" : polled.state;
}

/** A sign and a word for each state, so that none is told by its colour alone. */
export const SIGNS: Readonly<Record<Shown, string>> = {
  ok: "✓ well",
  warning: "▲ look at this",
  failing: "✕ failing",
  unreachable: "✕ no answer",
  refused: "⊘ may not be asked",
  absent: "– not there",
  waiting: "… not asked yet",
  stale: "◷ old",
};

/** What to say of a poll before its result, and what to do; empty where its result says it all. */
export function wordsOf(polled: Polled<unknown>, now: number): string {
  const shown = shownState(polled, now);
  if (shown === "waiting") {
    if (polled.next_ts === null) return "This is not asked of this cluster.";
    return `It was not asked yet; it is due in ${duration(Math.max(0, polled.next_ts - now))}.`;
  }
  if (shown === "stale" && polled.asked_ts !== null) {
    return `The last answer is ${duration(now - polled.asked_ts)} old, though it is due every ${duration(polled.period_seconds)}. On a team’s server, look whether orrery worker and orrery beat run.`;
  }
  return polled.problem;
}

export interface Past {
  readonly asked_ts: number;
  readonly seconds: number;
  readonly state: HealthState;
  readonly result: Readonly<Record<string, unknown>> | null;
}

const ASK_MS = 10_000;
const PAST_MS = 60_000;
const PAST_SECONDS = 3_600;

/** What is known of one cluster's health, for whoever draws it. */
export interface HealthNow {
  readonly health: Health | undefined;
  /** The server's clock by now. */
  readonly now: number;
  /** Why there is nothing newer; empty where there is. */
  readonly problem: string;
  readonly metrics: readonly Past[];
  readonly livez: readonly Past[];
}

/** Asks for the health of one cluster while it is looked at. */
export class HealthWatch {
  private timer: number | undefined;
  private slug = "";
  private health: Health | undefined;
  private askedMs = 0;
  private pastMs = Number.NEGATIVE_INFINITY;
  private problem = "";
  private metrics: readonly Past[] = [];
  private livez: readonly Past[] = [];
  private readonly tell: () => void;

  constructor(tell: () => void) {
    this.tell = tell;
  }

  /** Ask about this cluster, or about none. Said again, it goes on. */
  attend(slug: string): void {
    if (slug === this.slug) return;
    window.clearTimeout(this.timer);
    this.slug = slug;
    this.health = undefined;
    this.pastMs = Number.NEGATIVE_INFINITY;
    if (slug) void this.ask();
  }

  get now(): HealthNow {
    const since = (performance.now() - this.askedMs) / 1000;
    const { health, problem, metrics, livez } = this;
    return { health, now: (health?.now_ts ?? 0) + since, problem, metrics, livez };
  }

  private async ask(): Promise<void> {
    const { slug } = this;
    this.timer = window.setTimeout(() => void this.ask(), ASK_MS);
    if (document.hidden) return;
    try {
      const health = await get<Health>(`/api/clusters/${slug}/health`);
      if (slug !== this.slug) return;
      this.health = health;
      this.askedMs = performance.now();
      this.problem = "";
      await this.askPast(slug);
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    }
    this.tell();
  }

  private async askPast(slug: string): Promise<void> {
    if (performance.now() - this.pastMs < PAST_MS) return;
    this.pastMs = performance.now();
    const query = `last=${PAST_SECONDS}&only=requests_per_second,open_watches,etcd`;
    const [metrics, livez] = await Promise.all([
      get<{ readonly runs: readonly Past[] }>(`/api/clusters/${slug}/health/metrics?${query}`),
      get<{ readonly runs: readonly Past[] }>(
        `/api/clusters/${slug}/health/livez?last=${PAST_SECONDS}&only=failed`,
      ),
    ]);
    this.metrics = metrics.runs;
    this.livez = livez.runs;
  }
}

async function get<Answer>(address: string): Promise<Answer> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return (await response.json()) as Answer;
}
