import { describe, expect, it } from "vitest";
import { readDiff } from "../src/layout/diff";
import { joinHistory } from "../src/layout/history";
import type { Comparison, EventRecord, Inspection, Version } from "../src/wire";

const version = (seq: number, ts: number, paths: readonly string[] = []): Version => ({
  seq,
  ts,
  since: 0,
  type: "MODIFIED",
  resourceVersion: String(seq),
  writer: {
    actor: "kubelet",
    component: "kubelet",
    certainty: "observed",
    rule: "managed-fields",
    node: "",
    client: "",
  },
  changes: paths.map((path) => ({ path, old: null, new: "1" })),
});
const event = (reason: string, ts: number, aboutVersion = ""): EventRecord => ({
  ref: `v1/events:shop/${reason}`,
  reason,
  message: "",
  type: "Normal",
  count: 1,
  component: "kubelet",
  lastSeen: new Date(ts * 1000).toISOString(),
  firstSeen: new Date(ts * 1000).toISOString(),
  aboutVersion,
});
const history = (versions: Version[], events: EventRecord[], moreVersions = false) =>
  joinHistory({ versions, events, moreVersions } as unknown as Inspection).map((moment) => [
    moment.version?.seq,
    ...moment.events.map((joined) => `${joined.event.reason} ${joined.rule}`),
  ]);

describe("Events beside versions", () => {
  const versions = [version(30, 130), version(20, 120, ["spec.nodeName"]), version(10, 100)];

  it("stand at the version that they name, whatever their time", () => {
    expect(history(versions, [event("Started", 130, "10")])).toEqual([
      [30],
      [20],
      [10, "Started event-version"],
    ]);
  });
  it("stand at the write that altered what their reason is about", () => {
    expect(history(versions, [event("Scheduled", 121.4, "7")])).toEqual([
      [30],
      [20, "Scheduled event-reason"],
      [10],
    ]);
  });
  it("stand by their time else", () => {
    expect(history(versions, [event("Scheduled", 110), event("Odd", 500)])).toEqual([
      [30, "Odd event-time"],
      [20],
      [10, "Scheduled event-time"],
    ]);
  });
  it("stand by themselves where the log has nothing of that time", () => {
    expect(history(versions, [event("Odd", 50), { ...event("Timeless", 0), firstSeen: "" }])).toEqual([
      [30],
      [20],
      [10],
      [undefined, "Odd none", "Timeless none"],
    ]);
  });
});

describe("two versions side by side", () => {
  const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `l${from + i}`);
  const comparison = {
    old: [...lines(0, 20), "a", "b", ...lines(20, 22)].join("\n"),
    new: [...lines(0, 20), "c", ...lines(20, 22)].join("\n"),
    stretches: [
      { oldFrom: 0, oldTo: 20, newFrom: 0, newTo: 20, isSame: true },
      { oldFrom: 20, oldTo: 22, newFrom: 20, newTo: 21, isSame: false },
      { oldFrom: 22, oldTo: 24, newFrom: 21, newTo: 23, isSame: true },
    ],
  } as unknown as Comparison;

  it("fold what is the same, but for a little around", () => {
    expect(readDiff(comparison)).toEqual([
      { kind: "fold", count: 17 },
      ...["l17", "l18", "l19"].map((text) => ({ kind: "same", text })),
      { kind: "differs", old: "a", new: "c" },
      { kind: "differs", old: "b", new: undefined },
      ...["l20", "l21"].map((text) => ({ kind: "same", text })),
    ]);
  });
});
