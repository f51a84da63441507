/**
 * An object's history in one column: its versions, newest first, and under each the Events that tell of it.
 *
 * An Event names the version that whoever made it had before it. Where the log has that version, the Event stands there:
 * observed. Else its reason tells which field the write altered that it goes with; else its time: inferred, by that rule.
 */

import { parseTime } from "../model/format";
import type { EventRecord, Inspection, Version } from "../wire";

export type JoinRule = "event-version" | "event-reason" | "event-time" | "none";

export interface JoinedEvent {
  readonly event: EventRecord;
  readonly rule: JoinRule;
}

export interface Moment {
  /** undefined: Events that tell of what was before the log, or before the versions told. */
  readonly version: Version | undefined;
  readonly events: readonly JoinedEvent[];
}

/** Times of Events have whole seconds, and clocks differ a little. */
const NEAR_SECONDS = 2;

/** Which fields a write altered that an Event of this reason goes with. */
const FIELDS_BY_REASON: Readonly<Record<string, RegExp>> = {
  Scheduled: /^spec\.nodeName$/,
  FailedScheduling: /^status\.conditions.*PodScheduled/,
  Killing: /^metadata\.deletionTimestamp$|^status\.containerStatuses/,
  Pulled: /^status\.containerStatuses/,
  Created: /^status\.containerStatuses/,
  Started: /^status\.containerStatuses/,
  Unhealthy: /^status\.(?:conditions.*Ready|containerStatuses)/,
  BackOff: /^status\.containerStatuses/,
  ScalingReplicaSet: /^status\.(?:replicas|updatedReplicas|unavailableReplicas|conditions)/,
  SuccessfulCreate: /^status\.(?:replicas|active|conditions)/,
  SuccessfulDelete: /^status\.(?:replicas|active|conditions)/,
  Completed: /^status\.(?:succeeded|conditions|completionTime)/,
  NodeNotReady: /^status\.conditions.*Ready/,
  NodeReady: /^status\.conditions.*Ready/,
};

export function joinHistory({ versions, events, moreVersions }: Inspection): readonly Moment[] {
  const joined = new Map<Version | undefined, JoinedEvent[]>();
  for (const event of events) {
    const [version, rule] = findVersion(event, versions, moreVersions);
    joined.set(version, [...(joined.get(version) ?? []), { event, rule }]);
  }
  const moments: Moment[] = versions.map((version) => ({ version, events: joined.get(version) ?? [] }));
  const before = joined.get(undefined);
  return before ? [...moments, { version: undefined, events: before }] : moments;
}

function findVersion(
  event: EventRecord,
  versions: readonly Version[],
  moreVersions: boolean,
): readonly [Version | undefined, JoinRule] {
  const named = event.aboutVersion
    ? versions.find((version) => version.resourceVersion === event.aboutVersion)
    : undefined;
  if (named) return [named, "event-version"];
  const ts = parseTime(event.firstSeen);
  if (ts === undefined) return [undefined, "none"];
  const fields = FIELDS_BY_REASON[event.reason];
  const near = versions.filter((version) => Math.abs(version.ts - ts) <= NEAR_SECONDS);
  const fitting = near.filter((version) => fields && version.changes.some(({ path }) => fields.test(path)));
  const nearest = fitting.sort((a, b) => Math.abs(a.ts - ts) - Math.abs(b.ts - ts))[0];
  if (nearest) return [nearest, "event-reason"];
  const last = versions.find((version) => version.ts <= ts + 1);
  const oldest = versions.at(-1);
  if (last && !(last === oldest && moreVersions && last.ts > ts)) return [last, "event-time"];
  return [undefined, "none"];
}
