import { expect, it } from "vitest";
import { countMet, MatchSet } from "../src/model/matches";
import type { DeltaMessage, SnapshotMessage, TableData } from "../src/wire";

const table = (ids: string[], removed: string[] = []): TableData => ({ ids, columns: {}, removed });

const snapshot = (tables: SnapshotMessage["tables"]): SnapshotMessage => ({
  op: "snapshot",
  diagram: "matches",
  seq: 7,
  ts: 0,
  tables,
});

const delta = (base: number, tables: DeltaMessage["tables"]): DeltaMessage => ({
  op: "delta",
  diagram: "matches",
  base,
  seq: base + 1,
  ts: 0,
  tables,
});

it("knows objects by their ref, and those that went lately, which it does not count", () => {
  const matches = new MatchSet(
    snapshot({ "v1/pods": table(["shop/a", "shop/b"]), departed: table(["v1/pods:shop/gone"]) }),
    1,
  );
  expect(matches.has("v1/pods:shop/a")).toBe(true);
  expect(matches.has("v1/services:shop/a")).toBe(false);
  expect(matches.has("v1/pods:shop/gone")).toBe(true);
  expect(matches.of("v1/pods").has("shop/gone")).toBe(false);
  expect(matches.size).toBe(2);
  expect([countMet(matches, "v1/pods", "shop"), countMet(matches, "v1/pods", "lab")]).toEqual([2, 0]);
});

it("follows deltas, and takes none that does not follow on it", () => {
  const matches = new MatchSet(snapshot({ "v1/pods": table(["shop/a"]) }), 1);
  expect(matches.apply(delta(3, { "v1/pods": table(["shop/z"]) }))).toBe(false);
  expect(matches.has("v1/pods:shop/z")).toBe(false);
  expect(
    matches.apply(delta(7, { "v1/pods": table([], ["shop/a"]), departed: table(["v1/pods:shop/a"]) })),
  ).toBe(true);
  expect(matches.size).toBe(0);
  expect(matches.has("v1/pods:shop/a")).toBe(true);
  const { version } = matches;
  expect(matches.apply(delta(8, { "v1/nodes": table(["node-1"]) }))).toBe(true);
  expect(matches.has("v1/nodes:node-1")).toBe(true);
  expect(matches.version).toBeGreaterThan(version);
});
