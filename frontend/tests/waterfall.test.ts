import { describe, expect, it } from "vitest";
import { outcome } from "../src/layout/outcome";
import { follow, kinOf, layOutWaterfall, pan, reveal, wholeOf, zoom } from "../src/layout/waterfall";
import { chooseTrace } from "../src/model/traces";
import type { Span, TracedWrite, TraceRow, Tree } from "../src/wire";

const write = (
  seq: number,
  ts: number,
  component: string,
  name: string,
  more: Partial<TracedWrite> = {},
): TracedWrite => ({
  seq,
  ts,
  resourceVersion: seq,
  parent: 0,
  depth: 0,
  certainty: "inferred",
  rule: "own-object",
  among: 1,
  lagS: 0,
  follows: 0,
  component,
  whoCertainty: "observed",
  whoRule: "creation",
  ref: `v1/pods:shop/${name}`,
  kind: "Pod",
  name,
  namespace: "shop",
  node: "",
  verb: "created",
  subresource: "",
  marks: [],
  text: `created Pod ${name}`,
  events: [],
  ...more,
});
const span = (name: string, phase: string, fromTs: number, toTs: number, toSeq = 9): Span => ({
  ref: `v1/pods:shop/${name}`,
  kind: "Pod",
  name,
  phase,
  component: "kubelet:node-1",
  fromSeq: 1,
  fromTs,
  toSeq,
  toTs,
});
const TREE: Tree = {
  seq: 1,
  text: "created Deployment web",
  certainty: "observed",
  rule: "command",
  started: 100,
  last: 104,
  unfinished: 0,
  writesInAll: 5,
  writes: [
    write(1, 100, "client:kubectl", "web", {
      kind: "Deployment",
      text: "created Deployment web",
      rule: "command",
    }),
    write(2, 101, "controller:replicaset-controller", "a", { parent: 1, lagS: 1 }),
    write(3, 101.5, "controller:replicaset-controller", "b", { parent: 1, lagS: 1.5 }),
    write(4, 102, "kubelet:node-1", "a", {
      parent: 2,
      lagS: 1,
      verb: "updated",
      subresource: "status",
      marks: ["ready"],
    }),
    write(5, 104, "kubelet:node-1", "b", {
      parent: 3,
      lagS: 2.5,
      verb: "updated",
      subresource: "status",
      marks: ["ready"],
    }),
  ],
  spans: [span("a", "becoming ready", 101, 102), span("b", "becoming ready", 101.5, 104)],
  sentences: [],
};

describe("the waterfall", () => {
  const falls = layOutWaterfall(TREE);
  const whole = wholeOf(falls);

  it("has a lane for each component, in the order in which they came in", () => {
    expect(falls.lanes.map((lane) => lane.name)).toEqual([
      "kubectl",
      "replicaset-controller",
      "kubelet node-1",
    ]);
    for (const [index, lane] of falls.lanes.slice(1).entries()) {
      const above = falls.lanes[index];
      expect(lane.y).toBe((above?.y ?? 0) + (above?.height ?? 0));
    }
  });

  it("gives spans that overlap rows of their own", () => {
    expect(new Set(falls.bars.map((bar) => bar.y)).size).toBe(2);
  });

  it("goes along the order of making, up to causes and down to effects", () => {
    expect(follow(falls, undefined, "next")).toBe(1);
    expect(follow(falls, 1, "next")).toBe(2);
    expect(follow(falls, 1, "previous")).toBeUndefined();
    expect(follow(falls, 5, "cause")).toBe(3);
    expect(follow(falls, 2, "effect")).toBe(4);
    expect(follow(falls, 5, "effect")).toBeUndefined();
  });

  it("knows what led to a write and what it woke", () => {
    expect([...kinOf(falls, 2)].sort()).toEqual([1, 2, 4]);
    expect(kinOf(falls, undefined).size).toBe(0);
  });

  it("zooms around a time that keeps its place, and never beyond the whole", () => {
    const near = zoom(whole, whole, 1, 4);
    expect((1 - near.from) / (near.to - near.from)).toBeCloseTo((1 - whole.from) / (whole.to - whole.from));
    const back = zoom(near, whole, 3, 1 / 100);
    expect(back.from).toBeCloseTo(whole.from);
    expect(back.to).toBeCloseTo(whole.to);
  });

  it("pans and reveals within the whole", () => {
    const near = zoom(whole, whole, 0, 4);
    expect(pan(near, whole, -100).from).toBeCloseTo(whole.from);
    const shown = reveal(near, whole, 4);
    expect(shown.from).toBeLessThan(4);
    expect(shown.to).toBeGreaterThan(4);
    expect(reveal(shown, whole, 4)).toBe(shown);
  });
});

describe("a trace in words", () => {
  it("says what it came to", () => {
    expect(outcome(TREE)).toBe("4.00 s to 2 ready Pods · 5 writes");
    const begun = { ...TREE, writes: TREE.writes.slice(0, 3), unfinished: 2 };
    expect(outcome(begun)).toBe("4.00 s · 5 writes · 2 on their way");
  });
});

describe("which trace is followed", () => {
  const row = (seq: number, more: Partial<TraceRow>): TraceRow => ({
    id: String(seq),
    seq,
    ts: seq,
    component: "client:kubectl",
    certainty: "observed",
    rule: "command",
    kind: "Deployment",
    ref: "apps/v1/deployments:shop/web",
    text: "created Deployment web",
    writes: 3,
    unfinished: 0,
    last_seq: seq,
    last_ts: seq,
    seconds: 0,
    ...more,
  });

  it("is the latest command’s, but not before the one that is followed has come to rest", () => {
    const [first, second] = [row(10, { unfinished: 1 }), row(20, {})];
    expect(chooseTrace([first, second], 21, undefined)?.seq).toBe(20);
    expect(chooseTrace([first, second], 21, 10)?.seq).toBe(10);
    expect(chooseTrace([row(10, {}), second], 21, 10)?.seq).toBe(20);
  });

  it("is none that has not begun, and one that grows where nobody commanded anything", () => {
    expect(chooseTrace([row(10, {})], 5, undefined)).toBeUndefined();
    const silent = row(30, { rule: "node-silent" });
    expect(chooseTrace([row(10, {}), silent, row(31, { rule: "node-status" })], 40, undefined)?.seq).toBe(30);
    const own = [row(1, { rule: "own-doing", last_seq: 9 }), row(2, { rule: "node-status", last_seq: 3 })];
    expect(chooseTrace(own, 30, undefined)?.seq).toBe(1);
  });
});
